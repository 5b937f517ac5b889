"""FANHead."""

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs
from torch.nn import functional as F

init_default_scope('mmpose')
K = 3
MSRA = {'type': 'MSRAHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16), 'sigma': 1.5}
SOFT = {
    'type': 'GaussianHeatmap',
    'input_size': (64, 64),
    'heatmap_size': (16, 16),
    'decoder': 'local',
    'window': 5,
    'temperature': 10,
}


def head(kind='FANHead', decoder=MSRA, **kwargs):
    torch.manual_seed(0)
    cfg = {'type': kind, 'in_channels': 8, 'out_channels': K, 'decoder': decoder}
    cfg |= {} if kind == 'FANHead' else {'deconv_out_channels': None}
    model = MODELS.build(cfg | kwargs)
    model.init_weights()
    return model


def batch():
    return get_packed_inputs(
        2, num_keypoints=K, img_shape=(64, 64), input_size=(64, 64), heatmap_size=(16, 16)
    )['data_samples']


def features(stacks=3, size=16):
    torch.manual_seed(1)
    maps = [torch.randn(2, K, size, size, requires_grad=True) for _ in range(stacks - 1)]
    return (*maps, torch.randn(2, 8, size, size, requires_grad=True))


@pytest.mark.parametrize('stacks', [1, 2, 3])
def test_every_stack_has_the_loss_of_a_heatmap_head(stacks):
    feats, samples = features(stacks), batch()
    losses = head().loss(feats, samples)
    stock = head('HeatmapHead').loss(feats, samples)
    assert losses['loss_kpt'] == stock['loss_kpt']
    assert losses['acc_pose'] == stock['acc_pose']
    names = [f'loss_stack{i}' for i in range(1, stacks)]
    assert set(losses) == {'loss_kpt', 'acc_pose', *names}
    targets = torch.stack([s.gt_fields.heatmaps for s in samples])
    weights = torch.cat([s.gt_instance_labels.keypoint_weights for s in samples])
    for name, maps in zip(names, feats[:-1], strict=True):
        squares = F.mse_loss(maps, targets, reduction='none').mean((2, 3))
        torch.testing.assert_close(losses[name], (squares * weights).mean())
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    assert all(f.grad.any() for f in feats)


def test_predictions_are_those_of_the_last_stack():
    feats, samples = features(), batch()
    ours, stock = (head(kind).predict(feats, samples) for kind in ('FANHead', 'HeatmapHead'))
    for a, b in zip(ours, stock, strict=True):
        np.testing.assert_array_equal(a.keypoints, b.keypoints)


def test_local_soft_argmax_reads_maps_below_zero():
    model = head(decoder=SOFT)
    points = np.random.default_rng(0).uniform(22, 42, (2, K, 2))
    maps = [model.decoder.encode(p[None])['heatmaps'] - 0.5 for p in points]
    model.final_layer = torch.nn.Identity()
    predictions = model.predict((torch.as_tensor(np.stack(maps)),), batch())
    found = np.concatenate([p.keypoints for p in predictions])
    np.testing.assert_allclose(found, points, atol=0.25)  # of 4 input pixels a heatmap pixel


def test_autocast_keeps_losses_in_float32():
    with torch.autocast('cpu', dtype=torch.bfloat16):
        maps = tuple(f.bfloat16() for f in features())
        losses = head().loss(maps, batch())
    assert all(losses[key].dtype == torch.float32 for key in losses if 'loss' in key)


def test_stacks_of_another_shape():
    small, last = features(2, 8)[0], features(1)[0]
    with pytest.raises(ValueError, match=r'\(2, 3, 8, 8\).*\(2, 3, 16, 16\).*num_landmarks'):
        head().loss((small, last), batch())
