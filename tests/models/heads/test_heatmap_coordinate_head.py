"""HeatmapCoordinateHead."""

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from packed import packed
from torch.nn import functional as F

from fifa_mm import GaussianHeatmap
from fifa_mm.models.heads.heatmap_coordinate_head import sigmoid_maps

init_default_scope('mmpose')
CODEC = {'type': 'GaussianHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16)}
K = 3


def head(decoder=None, **kwargs):
    codec = CODEC | (decoder or {})
    cfg = {'type': 'HeatmapCoordinateHead', 'in_channels': 8, 'out_channels': K, 'decoder': codec}
    torch.manual_seed(0)
    model = MODELS.build(cfg | kwargs)
    model.init_weights()
    return model


def samples(points, visible=None):
    """Data samples with the targets of points (B, K, 2)."""
    return packed(GaussianHeatmap((64, 64), (16, 16)), points, visible, [1, 0, 2])


def points(batch=2):
    return np.random.default_rng(0).uniform(22, 42, (batch, K, 2))


def features(batch=2):
    torch.manual_seed(1)
    return (torch.randn(batch, 8, 16, 16, requires_grad=True),)


class Perfect(torch.nn.Module):
    """A last layer whose sigmoid is the target."""

    def __init__(self, targets):
        super().__init__()
        self.logits = torch.logit(torch.as_tensor(targets).clamp(1e-7, 1 - 1e-7))

    def forward(self, x):
        return self.logits


def perfect(model, batch):
    model.final_layer = Perfect(torch.stack([s.gt_fields.heatmaps for s in batch]))
    return model


def test_losses_are_bce_and_l1_in_units_of_the_input():
    model, batch, feats = head(), samples(points()), features()
    losses = model.loss(feats, batch)
    logits = model(feats)
    targets = torch.stack([s.gt_fields.heatmaps for s in batch])
    expected = F.binary_cross_entropy_with_logits(logits, targets)
    torch.testing.assert_close(losses['loss_heatmap'], expected)
    # Start: flat maps, whose centroid is the middle of the image.
    labels = torch.as_tensor((points() + 0.5) / 64)
    expected = (labels - 0.5).abs().mean().float()
    torch.testing.assert_close(losses['loss_coordinate'], expected, atol=1e-3, rtol=0)
    assert set(losses) == {'loss_heatmap', 'loss_coordinate', 'acc_pose'}
    assert 'acc_pose' not in model.loss(feats, batch, {'compute_acc': False})


@pytest.mark.parametrize('decoder', ['centroid', 'local', 'argmax'])
def test_perfect_maps(decoder):
    batch = samples(points())
    model = perfect(head({'decoder': decoder}), batch)
    losses = model.loss(features(), batch)
    tolerance = 0.5 / 16 if decoder == 'argmax' else 1e-3
    assert losses['loss_coordinate'] < tolerance
    assert losses['acc_pose'] == 1
    predictions = model.predict(features(), batch)
    keypoints = np.concatenate([p.keypoints for p in predictions])
    np.testing.assert_allclose(keypoints, points(), atol=64 * tolerance)
    scores = np.concatenate([p.keypoint_scores for p in predictions])
    assert scores.shape == (2, K)
    assert (scores > 0.85).all()


def test_unlabelled_landmarks_do_not_count():
    model, feats = head(), features()
    visible = np.array([[1, 0, 1], [1, 1, 0]])
    losses = model.loss(feats, samples(points(), visible))
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    gradient = model.final_layer.weight.grad
    assert gradient.isfinite().all()
    moved = points()
    moved[visible == 0] = np.nan
    again = model.loss(feats, samples(moved, visible))
    assert again['loss_heatmap'] == losses['loss_heatmap']
    assert again['loss_coordinate'] == losses['loss_coordinate']


@pytest.mark.parametrize('decoder', ['centroid', 'local'])
def test_no_labelled_landmark(decoder):
    model, feats = head({'decoder': decoder}), features()
    losses = model.loss(feats, samples(points(), np.zeros((2, K))))
    assert losses['loss_heatmap'] == losses['loss_coordinate'] == 0
    (losses['loss_heatmap'] + losses['loss_coordinate']).backward()
    assert not model.final_layer.weight.grad.any()
    assert np.isfinite(float(losses['acc_pose']))


@pytest.mark.parametrize('decoder', ['centroid', 'local'])
def test_coordinate_loss_reaches_the_logits(decoder):
    model, feats = head({'decoder': decoder}), features()
    model.loss(feats, samples(points()))['loss_coordinate'].backward()
    assert model.final_layer.weight.grad.abs().max() > 0


@pytest.mark.parametrize('offset', [-1e4, -200, 0, 200])
def test_finite_with_extreme_logits(offset):
    logits = (torch.randn(1, K, 16, 16) + offset).requires_grad_()
    labels = GaussianHeatmap((64, 64), (16, 16)).labels(sigmoid_maps(logits))
    labels.sum().backward()
    assert logits.grad.isfinite().all()
    assert ((labels > 0) & (labels < 1)).all()


def test_sigmoid_maps_decode_like_the_sigmoid():
    logits = 5 * torch.randn(2, K, 16, 16)
    codec = GaussianHeatmap((64, 64), (16, 16))
    torch.testing.assert_close(codec.labels(sigmoid_maps(logits)), codec.labels(logits.sigmoid()))


def test_flip_test_of_flipped_features_changes_nothing():
    batch = samples(points())
    model = perfect(head(), batch)
    original = model.final_layer.logits
    flipped = original.flip(-1)[:, [1, 0, 2]]
    model.forward = lambda feats: feats
    plain = model.predict(original, batch)
    both = model.predict([original, flipped], batch, {'flip_test': True, 'output_heatmaps': True})
    for one, two in zip(plain, both[0], strict=True):
        np.testing.assert_allclose(one.keypoints, two.keypoints, atol=1e-4)
    assert both[1][0].heatmaps.shape == (K, 16, 16)
    assert 0 <= both[1][0].heatmaps.min() <= both[1][0].heatmaps.max() <= 1


def test_density_targets_score_1():
    codec = GaussianHeatmap((64, 64), (16, 16), peak='density')
    maps = torch.as_tensor(codec.encode(np.full((1, K, 2), 33.5))['heatmaps'])[None]
    model = head({'peak': 'density'})
    model.final_layer = Perfect(maps)
    prediction = model.predict(features(1), samples(points(1)))[0]
    assert prediction.keypoint_scores == pytest.approx(1, abs=1e-3)


def test_autocast_keeps_losses_in_float32():
    model, batch = head(), samples(points())
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = model.loss(features(), batch)
    assert losses['loss_heatmap'].dtype == losses['loss_coordinate'].dtype == torch.float32


@pytest.mark.parametrize(
    'loss', ['KeypointMSELoss', 'AdaptiveWingLoss', 'BCELoss', 'FocalHeatmapLoss']
)
def test_other_heatmap_losses_of_mmpose(loss):
    model = head(heatmap_loss={'type': loss, 'use_target_weight': True})
    assert model.loss(features(), samples(points()))['loss_heatmap'].isfinite()


@pytest.mark.parametrize('loss', ['L1Loss', 'SmoothL1Loss', 'WingLoss', 'MSELoss'])
def test_other_coordinate_losses_of_mmpose(loss):
    model = head(coordinate_loss={'type': loss, 'use_target_weight': True})
    assert model.loss(features(), samples(points()))['loss_coordinate'].isfinite()


def test_softmax_maps_do_not_depend_on_the_logits_level():
    batch, found = samples(points()), []
    logs = torch.stack([s.gt_fields.heatmaps.clamp(min=1e-7).log() for s in batch])
    for level in (-40.0, 0.0, 40.0):
        model = perfect(head(activation='softmax'), batch)
        model.final_layer.logits = level + logs
        losses = model.loss(features(), batch)
        assert losses['loss_coordinate'] < 1e-3
        assert losses['acc_pose'] == 1
        predictions, fields = model.predict(features(), batch, {'output_heatmaps': True})
        torch.testing.assert_close(fields[0].heatmaps.sum((-2, -1)), torch.ones(K))
        found.append(np.concatenate([p.keypoints for p in predictions]))
    np.testing.assert_allclose(found[0], points(), atol=0.05)
    np.testing.assert_allclose(found[1:], [found[0]] * 2, atol=1e-3)


def test_unknown_activation():
    with pytest.raises(ValueError, match="activation must be one of 'sigmoid', 'softmax'"):
        head(activation='relu')


def test_bias_prob_of_mmengine_starts_the_maps_low():
    last = {'name': 'final_layer', 'type': 'Normal', 'std': 0.001, 'bias_prob': 0.01}
    model = head(init_cfg={'type': 'Normal', 'layer': [], 'override': last})
    assert model(features()).sigmoid().mean().item() == pytest.approx(0.01, rel=0.01)


def test_size_mismatch():
    model = head(deconv_out_channels=(4,), deconv_kernel_sizes=(4,))
    with pytest.raises(ValueError, match=r'\(2, 3, 32, 32\).*\(2, 3, 16, 16\).*deconv_out_chan'):
        model.loss(features(), samples(points()))


def test_nan_target():
    batch = samples(points())
    batch[0].gt_fields.heatmaps[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match='targets hold NaN'):
        head().loss(features(), batch)


def test_decoder_without_coordinates():
    msra = {'type': 'MSRAHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16), 'sigma': 1}
    with pytest.raises(ValueError, match='decoder must be a codec'):
        MODELS.build(
            {'type': 'HeatmapCoordinateHead', 'in_channels': 8, 'out_channels': 3, 'decoder': msra}
        )
