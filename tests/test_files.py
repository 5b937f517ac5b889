"""Files are written whole or not at all."""

import errno
import json
from contextlib import suppress

import numpy as np
import pytest
from matplotlib.figure import Figure

from fifa_mm.files import (
    check_folder,
    check_writable,
    read_json,
    write_all,
    write_array,
    write_figure,
    write_json,
    write_text,
    written_whole,
)


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


def test_files_of_every_kind(tmp_path):
    write_text(tmp_path / 'a.md', 'ä\n')
    assert (tmp_path / 'a.md').read_text(encoding='utf-8') == 'ä\n'
    write_array(tmp_path / 'a.npy', [1, 2])
    assert np.load(tmp_path / 'a.npy').tolist() == [1, 2]
    for suffix, start in (('png', b'\x89PNG'), ('pdf', b'%PDF')):
        write_figure(tmp_path / f'a.{suffix}', Figure())
        assert (tmp_path / f'a.{suffix}').read_bytes().startswith(start)
    with pytest.raises(ValueError, match='not JSON compliant'):
        write_all({tmp_path / 'a.md': {'x': 2}, tmp_path / 'b': {'x': float('nan')}})
    assert (tmp_path / 'a.md').read_text(encoding='utf-8') == 'ä\n'
    assert len(list(tmp_path.iterdir())) == 4


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / 'a'
    write_text(path, 'old')
    with written_whole(path) as file:
        file.write(b'new')
        assert path.read_text() == 'old'
    assert path.read_text() == 'new'
    with suppress(KeyboardInterrupt), written_whole(path) as file:
        file.write(b'half')
        raise KeyboardInterrupt
    assert path.read_text() == 'new'
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_reported_with_the_file(tmp_path):
    with (
        pytest.raises(OSError, match=rf"\[Errno 28\] No space left on device: '{tmp_path}/a'"),
        written_whole(tmp_path / 'a'),
    ):
        raise OSError(errno.ENOSPC, 'No space left on device')
    assert not list(tmp_path.iterdir())


def test_an_error_about_another_file_keeps_its_name(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match='nosuch'),
        written_whole(tmp_path / 'a'),
    ):
        (tmp_path / 'nosuch').read_bytes()


def test_what_cannot_be_written(tmp_path):
    check_writable(tmp_path / 'new' / 'a.json')
    assert not list((tmp_path / 'new').iterdir())
    (tmp_path / 'file').write_text('')
    with pytest.raises(NotADirectoryError, match=rf"Not a directory: '{tmp_path}/file/a'"):
        check_writable(tmp_path / 'file' / 'a' / 'b.json')
    with pytest.raises(NotADirectoryError, match=rf"Not a directory: '{tmp_path}/file'"):
        check_folder(tmp_path / 'file')
    with pytest.raises(IsADirectoryError, match=rf"Is a directory: '{tmp_path}'"):
        check_writable(tmp_path)
    with pytest.raises(NotADirectoryError, match=rf"'{tmp_path}/file'"):
        write_text(tmp_path / 'file' / 'a', '')
