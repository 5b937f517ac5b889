"""ADNetHead, alone and in both estimators."""

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmpose.registry import MODELS
from packed import packed
from torch.nn import functional as F

from fifa_mm import ADNetHead, EdgeHeatmap
from fifa_mm.models.heads.adnet_head import landmark_attention

init_default_scope('mmpose')
EDGES = [([0, 1, 2], False), ([1, 3, 2], True)]
SIZES = {'input_size': (64, 64), 'heatmap_size': (16, 16)}
CODEC = {'type': 'EdgeHeatmap', 'num_landmarks': 5, 'edges': EDGES} | SIZES
POINTS = np.array([[20, 22], [30, 44], [45, 38], [33, 20], [28, 30.0]])


def samples(points=POINTS[None], visible=None):
    return packed(EdgeHeatmap((64, 64), (16, 16), 5, EDGES), points, visible, [1, 0, 2, 3, 4])


def features(batch=1, stacks=2, seed=0):
    g = torch.Generator().manual_seed(seed)
    maps = [
        tuple(torch.rand(batch, c, 16, 16, generator=g).requires_grad_() for c in (5, 2, 5))
        for _ in range(stacks)
    ]
    return *maps, torch.rand(batch, 8, 16, 16, generator=g)


def perfect(batch):
    points = torch.stack([s.gt_fields.heatmaps for s in batch])
    edges = torch.stack([s.gt_fields.edge_heatmaps for s in batch])
    return (points, edges, points), (points, edges, points), points


def awing(predicted, target):
    """Wang et al., ICCV 2019, equation 5, with ADNet's weight map."""
    omega, theta, epsilon, alpha = 14, 0.5, 1, 2.1
    power = alpha - target
    ratio = (theta / epsilon) ** power
    slope = omega / (1 + ratio) * power * (theta / epsilon) ** (power - 1) / epsilon
    offset = theta * slope - omega * torch.log(1 + ratio)
    delta = (predicted - target).abs()
    small = omega * torch.log(1 + (delta / epsilon) ** power)
    loss = torch.where(delta < theta, small, slope * delta - offset)
    near = F.max_pool2d(target, 3, 1, 1) >= 0.2
    return (loss * (1 + 10 * near)).mean()


def test_attention_by_hand():
    edges = torch.tensor([0.5, 0.25])[None, :, None, None].expand(1, 2, 4, 4)
    points = torch.full((1, 5, 4, 4), 0.8)
    membership = ADNetHead(CODEC).membership
    attention = landmark_attention(edges, points, membership)[0, :, 0, 0]
    torch.testing.assert_close(attention, torch.tensor([0.4, 0.6, 0.6, 0.2, 0.8]))


def test_losses_by_hand():
    head, batch, feats = ADNetHead(CODEC), samples(), features()
    losses = head.loss(feats, batch)
    targets = perfect(batch)[0]
    first, last = feats[0], feats[1]
    for key, i in (('loss_edge', 1), ('loss_point', 2)):
        expected = 10 * (0.5 * awing(first[i], targets[i]) + awing(last[i], targets[i]))
        torch.testing.assert_close(losses[key], expected)
    labels = batch[0].gt_instance_labels
    attention = [landmark_attention(e, p, head.membership) for _, e, p in (first, last)]
    xy = [head.decoder.labels(h * a) for (h, _, _), a in zip((first, last), attention, strict=True)]
    ratio = head.landmark_loss.ratio(attention[1], xy[1], labels.keypoint_normals)
    assert (ratio > 1).any()
    parts = [
        head.landmark_loss(p, labels.keypoint_labels, labels.keypoint_normals, ratio) for p in xy
    ]
    torch.testing.assert_close(losses['loss_landmark'], 0.5 * parts[0] + parts[1])
    assert set(losses) == {'loss_landmark', 'loss_edge', 'loss_point', 'acc_pose'}
    assert 'acc_pose' not in head.loss(feats, batch, {'compute_acc': False})
    assert not list(head.parameters())
    assert not head.state_dict()


def test_gradients_reach_all_maps():
    feats = features()
    sum(v for k, v in ADNetHead(CODEC).loss(feats, samples()).items() if 'loss' in k).backward()
    for maps in feats[:-1]:
        assert all(m.grad.isfinite().all() and m.grad.any() for m in maps)


def test_perfect_maps():
    batch = samples()
    head = ADNetHead(CODEC)
    losses = head.loss(perfect(batch), batch)
    assert losses['loss_edge'] == losses['loss_point'] == 0
    assert losses['loss_landmark'] < 0.1  # 1.5 times a third of a map's pixel
    assert losses['acc_pose'] == 1
    (prediction,) = head.predict(perfect(batch), batch)
    # An edge pulls the landmarks on it along itself by a part of a map's pixel, which is 4 px.
    np.testing.assert_allclose(prediction.keypoints[0], POINTS, atol=2.5)
    np.testing.assert_allclose(prediction.keypoints[0, 4], POINTS[4], atol=1)  # on no edge
    expected = batch[0].gt_fields.heatmaps.amax((1, 2))
    np.testing.assert_allclose(prediction.keypoint_scores[0], expected)


def test_unlabelled_landmarks_do_not_count():
    visible = np.ones((1, 5))
    visible[0, 3] = 0
    head, batch = ADNetHead(CODEC), samples(visible=visible)
    feats = features()
    sum(v for k, v in head.loss(feats, batch).items() if 'loss' in k).backward()
    for heatmaps, edges, points in feats[:-1]:
        assert not heatmaps.grad[0, 3].any()
        assert not points.grad[0, 3].any()
        assert heatmaps.grad[0, 2].any()
        assert points.grad[0, 2].any()
        assert edges.grad.isfinite().all()
    nothing = head.loss(features(), samples(visible=np.zeros((1, 5))))
    assert all(nothing[k] == 0 for k in nothing if 'loss' in k)


def test_flip_test_of_flipped_maps_changes_nothing():
    head, batch = ADNetHead(CODEC | {'edges': [([0, 1], False)]}), samples()
    feats = features()
    maps = feats[-2][0].detach(), torch.ones(1, 1, 16, 16), feats[-2][2].detach()
    flipped = tuple(m.flip(-1) for m in maps)
    flipped = flipped[0][:, [1, 0, 2, 3, 4]], flipped[1], flipped[2][:, [1, 0, 2, 3, 4]]
    once = head.predict((maps, None), batch)
    cfg = {'flip_test': True, 'output_heatmaps': True}
    twice, fields = head.predict([(maps, None), (flipped, None)], batch, cfg)
    np.testing.assert_allclose(once[0].keypoints, twice[0].keypoints, atol=1e-4)
    np.testing.assert_allclose(once[0].keypoint_scores, twice[0].keypoint_scores)
    torch.testing.assert_close(fields[0].heatmaps.sum((1, 2)), torch.ones(5))


def test_reduced_precision_is_computed_in_float32():
    head, batch = ADNetHead(CODEC), samples()
    feats = tuple(
        tuple(m.detach().bfloat16() for m in maps) if isinstance(maps, tuple) else maps
        for maps in features()
    )
    with torch.autocast('cpu', torch.bfloat16):
        losses = head.loss(feats, batch)
    exact = head.loss([*(tuple(m.float() for m in maps) for maps in feats[:-1]), None], batch)
    for key in exact:
        torch.testing.assert_close(losses[key], exact[key])


def test_bad_input():
    with pytest.raises(ValueError, match='decoder must be a codec with edges'):
        ADNetHead({'type': 'MSRAHeatmap', 'sigma': 1.0} | SIZES)
    with pytest.raises(ValueError, match='5 landmarks and 1 edges, the backbone'):
        ADNetHead(CODEC | {'edges': EDGES[:1]})(features())
    with pytest.raises(ValueError, match=r'heatmap_size is \(32, 32\)'):
        ADNetHead(CODEC | {'heatmap_size': (32, 32)})(features())
    batch = samples()
    batch[0].gt_fields = PixelData(
        heatmaps=torch.zeros(5, 8, 8), edge_heatmaps=torch.zeros(2, 8, 8)
    )
    with pytest.raises(ValueError, match='targets have maps of shape'):
        ADNetHead(CODEC).loss(features(), batch)


def estimator(codec, kind='TopdownPoseEstimator', **kwargs):
    torch.manual_seed(0)
    norm = {'mean': [127.5] * 3, 'std': [127.5] * 3}
    backbone = {'type': 'ADNet', 'num_landmarks': codec['num_landmarks']}
    cfg = {
        'type': kind,
        'data_preprocessor': {'type': 'PoseDataPreprocessor', **norm},
        'backbone': backbone | {'channels': 32, 'stacks': 2, 'depth': 2} | kwargs,
        'head': {'type': 'ADNetHead', 'decoder': codec},
    }
    return MODELS.build(cfg)


def test_siamese_estimator_reaches_every_parameter():
    model = estimator(CODEC, 'SiamesePoseEstimator', num_edges=2)
    batch = samples(np.stack([POINTS, POINTS + 2]))
    image = torch.randint(0, 256, (2, 2, 3, 64, 64)).float()
    data = {'inputs': list(image), 'data_samples': batch}
    data = model.data_preprocessor(data, training=True)
    losses = model(**data, mode='loss')
    views = {'loss_view', 'view'}
    assert set(losses) == {'loss_landmark', 'loss_edge', 'loss_point', 'acc_pose'} | views
    model.parse_losses(losses)[0].backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
