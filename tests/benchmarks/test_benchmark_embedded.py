"""benchmarks/embedded.py counts errors by landmark and by face."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from fifa_mm.export.onnx_file import to_onnx
from fifa_mm.predict.torch_network import TorchNetwork

SCRIPT = Path(__file__).resolve().parents[2] / 'benchmarks' / 'embedded.py'
EMBEDDED = runpy.run_path(str(SCRIPT))


def test_parts_and_failures():
    each = np.zeros((4, 68))
    each[0, :17] = 68.0  # the contour of one face: 17 of its mean
    found = EMBEDDED['summary'](each)
    assert found == {
        'faces': 4,
        'NME': 4.25,
        'median': 0,
        'FR': 25,
        'contour': 17,
        'brows': 0,
        'nose': 0,
        'eyes': 0,
        'mouth': 0,
    }


def test_every_landmark_is_of_one_part():
    numbers = [i for part in EMBEDDED['PARTS'].values() for i in part]
    assert sorted(numbers) == list(range(68))


def test_record_and_card(demo_config, demo_checkpoint, tmp_path, monkeypatch):
    model = tmp_path / 'small.onnx'
    network = TorchNetwork(demo_config, demo_checkpoint)
    model.write_bytes(to_onnx(network, 'decode').SerializeToString())
    card = model.with_suffix('.md')
    card.write_text('# small\n\n## Error by group\n\nof yesterday\n')
    arguments = ['embedded.py', str(model), '--config', str(demo_config), '--faces', '40']
    monkeypatch.setattr(sys, 'argv', arguments)
    EMBEDDED['main']()
    record = json.loads(model.with_suffix('.json').read_text())
    groups = record['rendered']
    assert groups['68 landmarks']['faces'] == 40
    glasses = [groups[name]['faces'] for name in ('spectacles', 'no spectacles')]
    assert sum(glasses) == 40
    parts = [
        groups['68 landmarks'][part] * len(range_) for part, range_ in EMBEDDED['PARTS'].items()
    ]
    assert sum(parts) / 68 == pytest.approx(groups['68 landmarks']['NME'], abs=1e-2)
    text = card.read_text()
    assert text.startswith('# small\n')
    assert 'of yesterday' not in text
    assert '| spectacles |' in text
