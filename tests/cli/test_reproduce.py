"""tools/reproduce.py as a user starts it."""

import subprocess
import sys
from pathlib import Path

import pytest

from fifa_mm.files import read_json
from fifa_mm_cli import main

ROOT = Path(__file__).resolve().parents[2]

COMMON = ['--data', 'synthetic', '--size', '128', '--recipe', 'tiny']


def reproduce(folder, *arguments):
    command = [sys.executable, '-W', 'ignore', ROOT / 'tools' / 'reproduce.py', *arguments]
    return subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True)


def test_a_row_is_trained_recorded_and_compared(tmp_path):
    row = ['7', *COMMON, '--cells', 'farl*', '--results', 'out']
    first = reproduce(tmp_path, *row)
    assert first.returncode == 0, first.stdout + first.stderr
    folder = tmp_path / 'out' / 'table7' / 'synthetic_128_tiny'
    record = read_json(folder / 'farl_fifa_siamese_seed0.json')
    assert record['seed'] == 0
    assert len(record['curve']) == 2
    assert len(record['best']['faces']['nme']) == 8
    for which in ('best', 'last'):  # both decoders of a ViT
        assert {'NME', 'local/NME'} <= record[which]['test'].keys()
    assert record['command'].endswith("--cells 'farl*' --results out")
    assert (folder / 'table.png').stat().st_size > 0
    table = (folder / 'table.md').read_text()
    assert '| farl_fifa | 3.04 | 1 |' in table
    assert table.count('| farl_fifa |') == 2
    assert ' to ' in table
    again = reproduce(tmp_path, *row)
    assert again.returncode == 0
    assert 'started' not in again.stdout


def test_dry_run_of_all_of_table_1(tmp_path):
    result = reproduce(tmp_path, '1', '--dry-run')
    assert result.returncode == 0
    for data in ('cofw', '300w', 'aflw'):
        assert f'table1/{data}_own_full: 1 of 1 trainings to do' in result.stdout
        assert f'fifa_mm prepare-data {data}' in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [(['8'], 'choice: 8'), (['7', '--data', 'celeba'], "choice: 'celeba'")],
)
def test_bad_choices(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(['reproduce', *arguments])
    assert message in capsys.readouterr().err


def test_missing_data_is_a_failure(tmp_path):
    result = reproduce(tmp_path, '2')
    assert result.returncode == 1
    assert 'missing: wflw: no data/wflw/annotations' in result.stdout
