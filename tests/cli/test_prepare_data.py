"""The command `fifa_mm prepare-data`."""

import pytest

from fifa_mm.datasets.prepare.face_300w import FOLDERS
from fifa_mm_cli import main


def run(*arguments):
    """Run the command in this process; returns its exit message, None for success."""
    try:
        main(['prepare-data', *map(str, arguments)])
    except SystemExit as stop:
        return stop.code
    return None


def test_convert_and_check(real_faces, tmp_path, capsys):
    arguments = ['--raw', real_faces / 'raw300w', '--out', tmp_path / 'data', '--allow-partial']
    assert run('300w', *arguments) is None
    output = capsys.readouterr().out
    assert 'face_landmarks_300w_train: 9 faces' in output
    assert '9 instead of 3148' in output
    assert 'odd: grey image (3)' in output
    assert f'report: {tmp_path / "data" / "report.json"}' in output
    check = ['300w', '--check', '--out', tmp_path / 'data']
    assert run(*check, '--allow-partial') is None
    stop = run(*check)
    assert stop == 'the files are not in order'


def test_missing_download(tmp_path):
    stop = run('aflw', '--raw', tmp_path / 'none', '--out', tmp_path / 'data')
    assert 'no folder' in stop
    assert 'RAW/AFLWinfo_release.mat' in stop


def test_refusal(tmp_path, capsys):
    for name in ('face_landmarks_300w_train', 'face_landmarks_300w_valid'):
        for folder in FOLDERS[name]:
            (tmp_path / folder).mkdir(parents=True)
    stop = run('300w', '--raw', tmp_path, '--out', tmp_path / 'data')
    assert stop == 'no annotation file was written'
    assert '0 instead of 3148' in capsys.readouterr().out


@pytest.mark.parametrize('arguments', [[], ['--raw', 'x', '--check']])
def test_either_raw_or_check(arguments, capsys):
    assert run('wflw', '--out', 'x', *arguments) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert '--raw' in error
    assert '--check' in error
