"""The command line of tools/prepare_data.py."""

import runpy
import sys
from pathlib import Path

import pytest

from fifa_mm.datasets.prepare.face_300w import FOLDERS

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'prepare_data.py'


def run(monkeypatch, *arguments):
    """Run the tool in this process; returns its exit message, None for success."""
    monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, arguments)])
    try:
        runpy.run_path(str(TOOL), run_name='__main__')
    except SystemExit as stop:
        return stop.code
    return None


def test_convert_and_check(real_faces, tmp_path, monkeypatch, capsys):
    arguments = ['--raw', real_faces / 'raw300w', '--out', tmp_path / 'data', '--allow-partial']
    assert run(monkeypatch, '300w', *arguments) is None
    output = capsys.readouterr().out
    assert 'face_landmarks_300w_train: 9 faces' in output
    assert '9 instead of 3148' in output
    assert 'odd: grey image (3)' in output
    assert f'report: {tmp_path / "data" / "report.json"}' in output
    check = ['300w', '--check', '--out', tmp_path / 'data']
    assert run(monkeypatch, *check, '--allow-partial') is None
    stop = run(monkeypatch, *check)
    assert stop == 'the files are not in order'


def test_missing_download(tmp_path, monkeypatch):
    stop = run(monkeypatch, 'aflw', '--raw', tmp_path / 'none', '--out', tmp_path / 'data')
    assert 'no folder' in stop
    assert 'RAW/AFLWinfo_release.mat' in stop


def test_refusal(tmp_path, monkeypatch, capsys):
    for name in ('face_landmarks_300w_train', 'face_landmarks_300w_valid'):
        for folder in FOLDERS[name]:
            (tmp_path / folder).mkdir(parents=True)
    stop = run(monkeypatch, '300w', '--raw', tmp_path, '--out', tmp_path / 'data')
    assert stop == 'no annotation file was written'
    assert '0 instead of 3148' in capsys.readouterr().out


@pytest.mark.parametrize('arguments', [[], ['--raw', 'x', '--check']])
def test_either_raw_or_check(monkeypatch, arguments, capsys):
    assert run(monkeypatch, 'wflw', '--out', 'x', *arguments) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert '--raw' in error
    assert '--check' in error
