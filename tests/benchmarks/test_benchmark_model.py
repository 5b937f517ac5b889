"""benchmarks/model.py runs and records what it says; no time is asserted."""

import json
import runpy
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / 'benchmarks' / 'model.py'


def run(monkeypatch, tmp_path, *arguments):
    out = tmp_path / 'model.json'
    arguments = ['--arch', 'tiny', '--size', '64', '--rounds', '1', '--no-compile', *arguments]
    monkeypatch.setattr(sys, 'argv', ['model.py', *arguments, '--device', 'cpu', '--out', str(out)])
    runpy.run_path(str(SCRIPT), run_name='__main__')
    return json.loads(out.read_text())


def test_records_every_contender(monkeypatch, tmp_path):
    record = run(monkeypatch, tmp_path, '--dtype', 'float32')
    assert len(record['table']) == 10
    assert all(row['seconds'] > 0 for row in record['table'].values())
    assert record['table']['backbone: PlainViT']['GFLOP'] == pytest.approx(0.0125, rel=0.01)
    assert record['ratios']['Siamese step / two plain steps'] > 0
    assert record['ratios']['ViTHourglass compiled / eager'] is None
    assert record['ratios']['HRNet float32 / bfloat16 channels-last'] > 0
    assert record['hardware']['cpu']


def test_part_of_it(monkeypatch, tmp_path):
    record = run(monkeypatch, tmp_path, '--only', 'dcca', '--channels-last')
    assert set(record['table']) == {'dcca: correlation', 'dcca: cca'}
