"""DCCALoss."""

import pytest
import torch
from mmpose.registry import MODELS
from two_ranks import on_two_ranks

from fifa_mm import DCCALoss
from fifa_mm.functional import correlation, dcca
from fifa_mm.models.losses.canonical_correlation import random_directions
from fifa_mm.models.losses.dcca_loss import MODES


def views(*shape, dtype=torch.float32):
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(shape, generator=generator, dtype=dtype)
    b = a + torch.randn(shape, generator=generator, dtype=dtype)
    return a.requires_grad_(), b.requires_grad_()


def test_correlation_is_the_mean_over_channels():
    a, b = views(2, 3, 8, 8)
    torch.testing.assert_close(DCCALoss()(a, b), -correlation(a, b).mean())
    assert DCCALoss(loss_weight=3)(a, b).item() == pytest.approx(3 * DCCALoss()(a, b).item())
    assert DCCALoss()(a, a).item() == pytest.approx(-1)
    assert DCCALoss()(a, -a).item() == pytest.approx(1)


def test_cca_is_the_mean_canonical_correlation():
    i = torch.arange(1, 13, dtype=torch.float64)[:, None]
    j = torch.arange(1, 4, dtype=torch.float64)
    a, b = torch.sin(0.7 * i * j), torch.cos(0.45 * i * j + 0.3)
    assert DCCALoss('cca')(a, b).item() == pytest.approx(-1.365577899234 / 3)
    assert DCCALoss('cca', r=1e-4)(a, b).item() == pytest.approx(-1.366962418095 / 3)


def test_cca_of_maps_has_positions_as_samples_and_projects():
    a, b = views(2, 10, 6, 6)
    flat = [x.movedim(1, -1).reshape(-1, 10).double() for x in (a, b)]
    loss = DCCALoss('cca', dims=10)(a, b)
    assert loss.item() == pytest.approx(-dcca(*flat).item() / 10, rel=1e-6)
    q = random_directions(10, 4)
    loss = DCCALoss('cca', dims=4)(a, b)
    assert loss.item() == pytest.approx(-dcca(flat[0] @ q, flat[1] @ q).item() / 4, rel=1e-5)


def test_independent_noise_is_not_correlated():
    a, b = views(4, 32, 16, 16)
    noise = b.detach() - a.detach()
    assert abs(DCCALoss()(a, noise).item()) < 0.02
    assert -0.2 < DCCALoss('cca')(a, noise).item() < 0


@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_autocast_changes_nothing(mode, dtype):
    loss = DCCALoss(mode, dims=4)
    a, b = views(2, 6, 5, 5)
    expected = loss(a, b)
    with torch.autocast('cpu', dtype=dtype):
        actual = loss(a, b)
        half = loss(a.to(dtype), b.to(dtype))
    torch.testing.assert_close(actual, expected)
    assert half.dtype == torch.float32
    assert half.item() == pytest.approx(expected.item(), abs=0.01)


@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize('change', [0, 1, 1e4])
def test_finite_on_constant_features(mode, change):
    a, b = views(2, 6, 5, 5)
    a = torch.full_like(a, change).requires_grad_()
    loss = DCCALoss(mode)(a, b)
    loss.backward()
    assert loss.item() == pytest.approx(0)
    assert a.grad.isfinite().all()
    assert b.grad.isfinite().all()


def test_no_parameters_and_no_state():
    loss = MODELS.build({'type': 'DCCALoss', 'mode': 'cca'})
    loss(*views(4, 100, 10, 10))
    assert not loss.state_dict()


def test_too_few_samples():
    with pytest.raises(ValueError, match=r'at least 129 samples for 64 dimensions .*, got 20'):
        DCCALoss('cca')(*views(20, 512))
    with pytest.raises(ValueError, match=r'at least 9 samples for 4 dimensions .*, got 8'):
        DCCALoss('cca', dims=4)(*views(8, 6))


def test_views_of_different_shapes():
    with pytest.raises(ValueError, match='one shape'):
        DCCALoss()(torch.rand(4, 3), torch.rand(5, 3))


def gradients(mode, layer, images):
    """Loss of two views (2, B, C, H, W) through one layer, and the layer's gradients."""
    layer.zero_grad()
    loss = DCCALoss(mode)(layer(images[0]), layer(images[1]))
    loss.backward()
    return [loss.detach(), *(p.grad.clone() for p in layer.parameters())]


def layer_and_images():
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(3, 6, 3, padding=1).double()
    return layer, torch.stack([x.detach() for x in views(5, 3, 4, 4, dtype=torch.float64)])


def train_on_rank(rank):
    """One of two processes: 2 or 3 of the 5 images, gradients averaged by DDP."""
    layer, images = layer_and_images()
    model = torch.nn.parallel.DistributedDataParallel(layer)
    share = images[:, :2] if rank == 0 else images[:, 2:]
    return [gradients(mode, model, share) for mode in MODES]


def test_two_processes_have_the_value_and_gradient_of_one():
    expected = [gradients(mode, *layer_and_images()) for mode in MODES]
    for actual in on_two_ranks(train_on_rank):
        torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-12)
