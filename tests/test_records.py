"""Records say what machine and what code they were made with."""

import subprocess

from fifa_mm import records
from fifa_mm.records import hardware, versions


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
