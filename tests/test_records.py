"""Records are whole files of plain JSON."""

import json
import subprocess

import numpy as np
import pytest

from fifa_mm import records
from fifa_mm.records import hardware, read_json, versions, write_json


def test_numpy_and_what_is_not_finite(tmp_path):
    path = tmp_path / 'new' / 'record.json'
    write_json(path, {'a': np.float32(0.5), 'b': np.arange(3), 'c': [np.inf, (np.nan, 1)]})
    assert json.loads(path.read_text()) == {'a': 0.5, 'b': [0, 1, 2], 'c': [None, [None, 1]]}


def test_failure_keeps_the_file_that_was_there(tmp_path):
    path = tmp_path / 'record.json'
    write_json(path, {'old': 1})
    with pytest.raises(TypeError):
        write_json(path, {'new': object()})
    assert json.loads(path.read_text()) == {'old': 1}
    assert [file.name for file in tmp_path.iterdir()] == ['record.json']


@pytest.mark.parametrize('text', ['', '[1, 2', 'a: 1'])
def test_what_is_no_json_is_named(tmp_path, text):
    path = tmp_path / 'record.json'
    path.write_text(text)
    with pytest.raises(ValueError, match=r'record\.json is not a whole JSON file'):
        read_json(path)
    write_json(path, {'a': 1})
    assert read_json(path) == {'a': 1}


def test_machine_is_described():
    assert hardware()['cores'] >= 1
    assert hardware()['cpu']
    assert versions()['mmpose'] == '1.3.2'


def git(folder, *command):
    identity = ['-c', 'user.name=a', '-c', 'user.email=a@b.c']
    subprocess.run(['git', *identity, *command], cwd=folder, check=True, capture_output=True)


def test_commit_is_that_of_the_checkout_and_says_what_differs(tmp_path, monkeypatch):
    module = tmp_path / 'package' / 'records.py'
    module.parent.mkdir()
    module.write_text('a')
    monkeypatch.setattr(records, '__file__', str(module))
    assert records.commit() is None
    git(tmp_path, 'init', '-q')
    git(tmp_path, 'commit', '-q', '--allow-empty', '-m', 'the repository around an environment')
    assert records.commit() is None
    git(tmp_path, 'add', '.')
    git(tmp_path, 'commit', '-q', '-m', 'b')
    head = subprocess.check_output(['git', 'rev-parse', 'HEAD'], cwd=tmp_path, text=True)
    assert records.commit() == head[:12]
    module.write_text('c')
    assert records.commit() == f'{head[:12]}-dirty'
