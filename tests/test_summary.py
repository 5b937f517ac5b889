"""Tables hold what the reports say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fifa_mm.summary import group_seeds, load_reports, markdown_table, seeds_table

ROOT = Path(__file__).resolve().parents[1]


def report(nmes, test=None):
    curve = [{'epoch': i + 1, 'NME': nme, 'FR': 10.0} for i, nme in enumerate(nmes)]
    best = min(curve, key=lambda point: point['NME'])
    entries = {'best': {'val': best}, 'last': {'val': curve[-1]}}
    if test:
        entries['best']['test'] = {'NME': test, 'FR': 1.0, 'AUC': 50.0}
    return {'max_epochs': len(nmes), 'seed': 0, 'curve': curve, **entries}


@pytest.fixture
def folder(tmp_path):
    for name, content in {'a': report([9.0, 4.004, 5.0], 4.5), 'b': report([8.0])}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / 'report.json').write_text(json.dumps(content))
    return tmp_path


def test_table(folder):
    table = markdown_table(load_reports(sorted(folder.glob('*/report.json')))).splitlines()
    assert table[2:] == [
        '| a | 3 | 0 | best (2) | 4.00 | 10.00 | 4.50 | 1.00 | 50.00 |',
        '| a | 3 | 0 | last (3) | 5.00 | 10.00 | - | - | - |',
        '| b | 1 | 0 | best (1) | 8.00 | 10.00 | - | - | - |',
        '| b | 1 | 0 | last (1) | 8.00 | 10.00 | - | - | - |',
    ]


def test_seeds_together():
    runs = {
        'a_seed0': report([9.0, 4.0], 4.0),
        'a_seed1': report([5.5, 6.0], 4.5),
        'b': report([9]),
    }
    table = seeds_table(group_seeds(runs), reach=5.5).splitlines()
    assert table[0].endswith('| epochs to 5.5 |')
    assert table[2:] == [  # standard deviations of two: their difference over sqrt(2)
        '| a | 2 | 4.75 ± 1.06 | 5.00 ± 1.41 | 4.25 ± 0.35 | - | 1.5 |',
        '| b | 1 | 9.00 | 9.00 | - | - | - |',
    ]


def test_tool(folder):
    command = [sys.executable, 'tools/summarize.py', folder / 'a' / 'report.json']
    result = subprocess.run(
        [*command, '--curves', folder / 'curves.png'], cwd=ROOT, capture_output=True, text=True
    )
    assert 'best (2)' in result.stdout
    assert (folder / 'curves.png').stat().st_size > 1000


def test_refuses_a_run_that_did_not_end_and_a_name_twice(folder):
    path = folder / 'a' / 'report.json'
    with pytest.raises(ValueError, match="'a' is taken"):
        load_reports([path, path])
    path.write_text(json.dumps({'curve': []}))
    with pytest.raises(ValueError, match='no `last`'):
        load_reports([path])
