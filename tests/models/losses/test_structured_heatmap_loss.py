"""StructuredHeatmapLoss."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from packed import packed
from scipy.special import logsumexp, softmax

from fifa_mm import GaussianHeatmap, StructuredHeatmapLoss
from fifa_mm.models.losses.structured_heatmap_loss import distances

init_default_scope('mmpose')
SIDE = 24  # of the maps; a pixel is 1 / 12
SIGMA = 0.025 * SIDE
CODEC = {'input_size': (4 * SIDE, 4 * SIDE), 'heatmap_size': (SIDE, SIDE), 'sigma': SIGMA}
LOCAL = CODEC | {'decoder': 'local', 'window': 5, 'temperature': 1.0}


def reference(logits, y, eps=1.0, alpha=1.0, sigma=0.05, knee=0.01):
    """The paper's formula for one map (H, W) and a landmark y in [-1, 1] units, in NumPy."""
    h, w = logits.shape
    centres = np.stack(
        np.meshgrid((2 * np.arange(w) + 1) / w - 1, (2 * np.arange(h) + 1) / h - 1), -1
    )
    d = np.linalg.norm(centres - y, axis=-1)
    q = softmax(-(d**2) / (2 * sigma**2))
    margin = np.where(d < knee, d**2 / (2 * knee), d - knee / 2)
    gradient = softmax((logits + alpha * margin) / eps) - q
    return eps * logsumexp((logits + alpha * margin) / eps) - (q * logits).sum(), gradient


def targets(landmarks, **options):
    """Heatmaps (1, K, H, W) of landmarks (K, 2) in [-1, 1] units."""
    pixels = (np.asarray(landmarks) + 1) / 2 * 4 * SIDE - 0.5
    codec = GaussianHeatmap(**(CODEC | options))
    return torch.as_tensor(codec.encode(pixels[None].astype(np.float64))['heatmaps'])[None]


def random_logits(shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(shape, generator=generator, dtype=torch.float64)


LANDMARKS = np.array([[0.0, 0.0], [0.31, -0.42], [-0.55, 0.5]])


@pytest.mark.parametrize(('eps', 'alpha'), [(1, 1), (0.5, 2), (2, 0)])
def test_the_paper_s_formula_and_its_gradient(eps, alpha):
    logits = random_logits((1, 3, SIDE, SIDE)).requires_grad_()
    # Landmarks on pixel centres and off them: q's centre of mass is the landmark to 0.01 pixels.
    loss = StructuredHeatmapLoss(eps, alpha)(logits, targets(LANDMARKS))
    expected = [reference(m, y, eps, alpha) for m, y in zip(logits[0].detach().numpy(), LANDMARKS)]  # noqa: B905
    assert loss.item() == pytest.approx(np.mean([value for value, _ in expected]), abs=2e-3)
    loss.backward()
    np.testing.assert_allclose(
        3 * logits.grad[0].numpy(), [gradient for _, gradient in expected], atol=3e-3
    )


def test_exactly_the_formula_of_q_and_its_centre():
    rng = np.random.default_rng(0)
    q = rng.random((5, 7))
    logits = rng.normal(size=(5, 7))
    y, x = ((q * grid).sum() / q.sum() for grid in np.indices((5, 7)))
    rows, columns = np.indices((5, 7))
    d = np.hypot((columns - x) * 2 / 7, (rows - y) * 2 / 5)
    margin = np.where(d < 0.3, d**2 / 0.6, d - 0.15)
    expected = 0.7 * logsumexp((logits + 1.5 * margin) / 0.7) - (q / q.sum() * logits).sum()
    loss = StructuredHeatmapLoss(eps=0.7, alpha=1.5, knee=0.3, loss_weight=2.0)
    value = loss(*(torch.as_tensor(a)[None, None] for a in (logits, q)))
    assert value.item() == pytest.approx(2 * expected, rel=1e-12)


def test_gradient_against_finite_differences():
    loss, target = StructuredHeatmapLoss(0.7, 1.3), random_logits((1, 3, 5, 6), 1).exp()
    weights = torch.tensor([[1.0, 0.5, 0.0]], dtype=torch.float64)
    logits = random_logits((1, 3, 5, 6)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, target, weights), logits)


def test_without_margin_the_cross_entropy_of_q():
    logits, target = random_logits((1, 3, SIDE, SIDE)), targets(LANDMARKS).double()
    q = (target / target.sum((-2, -1), keepdim=True)).flatten(-2)
    expected = torch.nn.functional.cross_entropy(logits.flatten(-2)[0], q[0])
    value = StructuredHeatmapLoss(eps=1, alpha=0)(logits, target)
    torch.testing.assert_close(value, expected)


def test_at_a_small_temperature_the_structured_hinge():
    logits, target = random_logits((1, 3, SIDE, SIDE)), targets(LANDMARKS).double()
    q = target / target.sum((-2, -1), keepdim=True)
    points = torch.as_tensor((LANDMARKS + 1) / 2 * SIDE - 0.5)
    augmented = logits + distances(points, (SIDE, SIDE), 0.01)
    hinge = (augmented.amax((-2, -1)) - (q * logits).sum((-2, -1))).mean()
    value = StructuredHeatmapLoss(eps=1e-4)(logits, target)
    # The smoothed maximum is above the maximum by at most eps log(H W).
    assert value.item() == pytest.approx(hinge.item(), abs=1e-4 * np.log(SIDE**2) + 1e-3)


def test_smooth_l1_of_the_distance():
    d = distances(torch.tensor([[1.0, 2.0]], dtype=torch.float64), (4, 8), 0.5)
    assert d.shape == (1, 4, 8)
    assert d[0, 2, 1] == 0
    assert d[0, 2, 2].item() == pytest.approx(0.25**2 / 2 / 0.5)  # a pixel is 2 / 8 wide
    assert d[0, 0, 1].item() == pytest.approx(1 - 0.25)  # and 2 / 4 high


@given(
    seed=st.integers(0, 1000),
    shift=st.floats(-100, 100),
    eps=st.floats(0.05, 5),
    alpha=st.floats(0, 5),
)
def test_bounds_shifts_and_gradients(seed, shift, eps, alpha):
    logits = random_logits((1, 3, SIDE, SIDE), seed).requires_grad_()
    target, loss = targets(LANDMARKS).double(), StructuredHeatmapLoss(eps, alpha)
    value = loss(logits, target)
    assert loss(logits.detach() + shift, target).item() == pytest.approx(value.item(), abs=1e-9)
    gradient = torch.autograd.grad(value, logits)[0]
    assert gradient.sum((-2, -1)).abs().max() < 1e-12
    assert 3 * gradient.min() >= -1
    assert 3 * gradient.max() <= 1
    # Fenchel and Young: never below eps times q's entropy plus q's expected margin.
    q = target / target.sum((-2, -1), keepdim=True)
    entropy = torch.special.entr(q).sum((-2, -1))
    points = torch.as_tensor((LANDMARKS + 1) / 2 * SIDE - 0.5)
    margin = (q * distances(points, (SIDE, SIDE), 0.01)).sum((-2, -1))
    assert value >= (eps * entropy + alpha * margin).mean() - 1e-3 * (1 + alpha)


def test_weights_and_empty_targets_count_0_in_the_mean():
    logits = random_logits((2, 3, SIDE, SIDE)).float().requires_grad_()
    target = targets(LANDMARKS).repeat(2, 1, 1, 1)
    target[1, 0] = 0
    loss = StructuredHeatmapLoss()
    each = [loss(logits[i : i + 1, k : k + 1], target[i : i + 1, k : k + 1]) for i, k in
            [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]]  # fmt: skip
    assert each[3] == 0
    torch.testing.assert_close(loss(logits, target), sum(each) / 6)
    weights = torch.tensor([[1.0, 0, 0.5], [1, 1, 0]])
    value = loss(logits, target, weights)
    torch.testing.assert_close(value, (each[0] + 0.5 * each[2] + each[4]) / 6)
    wide = weights[..., None, None].expand_as(target)
    assert loss(logits, target, wide) == value
    value.backward()
    assert not logits.grad[weights == 0].any()
    assert not logits.grad[1, 0].any()
    assert logits.grad[0, 0].any()


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float32, torch.float64])
def test_computes_in_float32_at_least(dtype):
    logits, target = random_logits((1, 3, SIDE, SIDE)).to(dtype), targets(LANDMARKS)
    with torch.autocast('cpu', torch.bfloat16):
        value = StructuredHeatmapLoss()(logits, target)
    assert value.dtype == torch.promote_types(dtype, torch.float32)
    expected = StructuredHeatmapLoss()(logits.double(), target)
    assert value.item() == pytest.approx(expected.item(), rel=1e-5)


def test_refuses_shapes():
    loss, maps = StructuredHeatmapLoss(), torch.rand(2, 3, 4, 4)
    with pytest.raises(ValueError, match='output and target must have one shape'):
        loss(maps, maps[:, :2])
    with pytest.raises(ValueError, match='one shape'):
        loss(maps[0], maps[0])
    with pytest.raises(ValueError, match=r'target_weights must have shape \(2, 3\)'):
        loss(maps, maps, torch.ones(2, 3, 1))


def test_nan_does_not_hide():
    maps = torch.rand(1, 1, 4, 4)
    for logits, target in ((maps * torch.nan, maps), (maps, maps * torch.nan)):
        assert StructuredHeatmapLoss()(logits, target).isnan()


HEADS = {
    'stock': {
        'type': 'HeatmapHead',
        'deconv_out_channels': None,
        'loss': {'type': 'StructuredHeatmapLoss'},
        'decoder': {'type': 'GaussianHeatmap', **LOCAL},
    },
    'coordinate': {
        'type': 'HeatmapCoordinateHead',
        'activation': 'softmax',
        'heatmap_loss': {'type': 'StructuredHeatmapLoss'},
        'coordinate_loss': {'type': 'L1Loss', 'loss_weight': 0.0, 'use_target_weight': True},
        'decoder': {'type': 'GaussianHeatmap', **CODEC, 'decoder': 'local', 'window': 5},
    },
}


@pytest.mark.parametrize('head', HEADS)
def test_a_head_that_learns_by_it_finds_the_landmarks(head):
    """One-hot features of every pixel of each image: the head's last layer holds the maps."""
    cfg = HEADS[head] | {'in_channels': 2 * SIDE**2, 'out_channels': 3}
    model = MODELS.build(cfg)
    points = (np.stack([LANDMARKS, LANDMARKS + 0.02]) + 1) / 2 * 4 * SIDE - 0.5
    samples = packed(model.decoder, points, flip_indices=range(3))
    feats = (torch.eye(2 * SIDE**2).view(2, SIDE, SIDE, -1).permute(0, 3, 1, 2).contiguous(),)
    optimizer = torch.optim.Adam(model.parameters(), 0.1)
    for _ in range(100):
        losses = model.loss(feats, samples, {'compute_acc': head == 'coordinate'})
        optimizer.zero_grad()
        sum(value for key, value in losses.items() if 'loss' in key).backward()
        optimizer.step()
    with torch.no_grad():
        predictions = model.predict(feats, samples)
    found = np.concatenate([p.keypoints for p in predictions])
    assert np.abs(found - points).max() < 0.25  # input pixels: a sixteenth of a heatmap pixel
    if head == 'coordinate':
        assert losses['acc_pose'] == 1
