"""benchmarks/model_zoo.py counts what it says; no time is asserted."""

import json
import math
import runpy
import sys
from pathlib import Path

import pytest
import torch
from mmengine.analysis import get_model_complexity_info
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

SCRIPT = Path(__file__).resolve().parents[2] / 'benchmarks' / 'model_zoo.py'
ZOO = runpy.run_path(str(SCRIPT))


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmpose')


def count(name):
    cfg = ZOO['load'](name).model
    width, height = cfg.head.decoder.input_size
    return cfg, (3, height, width), ZOO['macs'](cfg, (1, 3, height, width))


def test_count_of_a_vit_by_hand():
    _, _, macs = count('configs/faces300w_vit_vit.py')
    patches, width, depth = 64, 192, 6
    tokens = patches + 1
    by_hand = patches * width * 16 * 16 * 3
    by_hand += depth * (12 * tokens * width**2 + 2 * tokens**2 * width)  # the second is attention
    by_hand += 8 * 8 * width * 64 * 16 + 16 * 16 * 64 * 64 * 16 + 32 * 32 * 64 * 68  # the head
    assert macs == by_hand


@pytest.mark.parametrize('name', ['configs/faces300w_hrnet_128.py', 'configs/table7/slpt.py'])
def test_count_is_mmengines(name):
    cfg, shape, macs = count(name)
    model = MODELS.build(cfg).eval()
    model.forward = model._forward  # as MMPose's get_flops.py does
    theirs = get_model_complexity_info(model, shape, show_table=False, show_arch=False)
    assert macs == pytest.approx(theirs['flops'], rel=0.02)
    assert macs < theirs['flops']  # which has normalisation and interpolation too


def test_ffts_would_add_less_than_one_percent():
    counted = []

    def fft(shape, dims, *args, out_shape=None, **kwargs):
        """2.5 N log2 N for N real values, the usual estimate."""
        counted.append(dims)
        full = [max(a, b) for a, b in zip(shape, out_shape, strict=True)]
        return 2.5 * math.prod(full) * math.log2(math.prod(full[d] for d in dims))

    ops = {torch.ops.aten._fft_r2c: fft, torch.ops.aten._fft_c2r: fft}
    cfg, shape, macs = count('configs/fifa_vit_cofw.py')
    with FakeTensorMode(), FlopCounterMode(display=False, custom_mapping=ops) as counter:
        MODELS.build(cfg.backbone)(torch.empty(1, *shape))
    flops = sum(counter.get_flop_counts()['Global'][op] for op in ops)
    assert counted
    assert 0 < flops < 0.01 * 2 * macs


def test_records(monkeypatch, tmp_path):
    out = tmp_path / 'zoo.json'
    name = 'configs/faces300w_vit_vit.py'
    monkeypatch.setattr(sys, 'argv', ['model_zoo.py', name, '--rounds', '1', '--out', str(out)])
    runpy.run_path(str(SCRIPT), run_name='__main__')
    record = json.loads(out.read_text())
    row = record['models'][name]
    assert (row['input'], row['passes in its test']) == ([128, 128], 1)
    assert row['parameters'] == 3096516
    assert row['images a second'] > 0
    assert row['speed beside HRNetV2-W18'] > 0


def test_committed_record_has_todays_counts():
    record = json.loads(ZOO['OUT'].read_text())
    assert set(record['models']) == set(ZOO['stock']() + ZOO['OURS'])
    for name in ('configs/table7/slpt.py', 'configs/faces300w_vit_siamese.py'):
        assert record['models'][name]['GMACs'] == pytest.approx(count(name)[2] / 1e9, rel=1e-9)
