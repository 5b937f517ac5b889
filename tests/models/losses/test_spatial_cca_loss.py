"""SpatialCCALoss."""

import numpy as np
import pytest
import torch

from fifa_mm import DCCALoss, SpatialCCALoss
from fifa_mm.models.losses.canonical_correlation import random_directions


def maps(seed=0, shape=(3, 6, 5, 4)):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator).requires_grad_()


def reference(a, b, r):
    """Mean canonical correlation of samples (M, d) in float64."""
    a, b = a - a.mean(0), b - b.mean(0)
    m, d = a.shape
    s11, s22, s12 = a.T @ a / (m - 1), b.T @ b / (m - 1), a.T @ b / (m - 1)
    roots = []
    for s in (s11, s22):
        values, vectors = np.linalg.eigh(s + r * np.trace(s) / d * np.eye(d))
        roots.append(vectors @ np.diag(values**-0.5) @ vectors.T)
    return np.linalg.svd(roots[0] @ s12 @ roots[1])[1].mean()


@pytest.mark.parametrize('dims', [6, 4])
def test_against_numpy(dims):
    a = maps(0)
    b = a + maps(1)
    samples = []
    for x in (a, b):
        x = x.detach().double().numpy()
        if dims < 6:
            x = np.einsum('bchw,cd->bdhw', x, random_directions(6, dims).numpy())
        x = x - x.mean((2, 3), keepdims=True)
        samples.append(np.moveaxis(x, 1, -1).reshape(-1, dims))
    expected = -2 * reference(*samples, 0.01)
    found = SpatialCCALoss(dims, r=0.01, loss_weight=2)(a, b).item()
    assert found == pytest.approx(expected, rel=1e-5)


def test_equal_views():
    a = maps()
    assert SpatialCCALoss(r=1e-6)(a, a).item() == pytest.approx(-1, abs=1e-4)


@pytest.mark.parametrize('unit', [1e-4, 1, 1e4])
def test_the_unit_of_the_features_changes_nothing(unit):
    a, b = maps(0), maps(0) + maps(1)
    torch.testing.assert_close(
        SpatialCCALoss()(unit * a, b), SpatialCCALoss()(a, b), rtol=1e-5, atol=0
    )


def test_a_number_of_each_image_copied_into_all_channels_is_worth_nothing():
    """It satisfies Eq. 7, one component of CCA, and knows nothing of places in a face."""
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(8, 1, 1, 1, generator=generator)
    noise = 0.078 * torch.randn(2, 8, 16, 32, 32, generator=generator)
    a, b = image + noise
    assert DCCALoss()(a, b).item() == pytest.approx(-0.994, abs=0.003)
    assert DCCALoss('cca', dims=16)(a, b).item() == pytest.approx(-0.09, abs=0.02)
    assert -0.05 < SpatialCCALoss()(a, b).item() <= 0


def test_the_patched_view_is_the_teacher():
    a, b = maps(0), maps(1)
    SpatialCCALoss()(a, b).backward()
    assert a.grad.abs().max() > 0
    assert b.grad is None


def test_gradient_matches_finite_differences():
    a, b = maps(0).detach().double().requires_grad_(), maps(1).double()
    assert torch.autograd.gradcheck(lambda x: SpatialCCALoss(4)(x, b), a)


def test_constant_features():
    a, b = maps(0), maps(1)
    value = SpatialCCALoss()(a * 0 + 0.1, b)
    value.backward()
    assert value.item() == pytest.approx(0, abs=1e-6)
    assert a.grad.isfinite().all()


def test_autocast_changes_nothing():
    a, b = maps(0), maps(0) + maps(1)
    expected = SpatialCCALoss(4)(a, b)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        torch.testing.assert_close(SpatialCCALoss(4)(a, b), expected)
        assert SpatialCCALoss(4)(a.bfloat16(), b.bfloat16()).dtype == torch.float32


def test_bad_input():
    with pytest.raises(ValueError, match=r'one shape .* got \[3, 6, 5, 4\] and \[3, 6, 5, 5\]'):
        SpatialCCALoss()(maps(), maps(shape=(3, 6, 5, 5)))
    with pytest.raises(ValueError, match=r'maps \(B, C, H, W\), got features \[9, 4\]'):
        SpatialCCALoss()(maps(shape=(9, 4)), maps(shape=(9, 4)))
    with pytest.raises(ValueError, match=r'at least 65 samples for 32 dimensions .* got 18'):
        SpatialCCALoss()(maps(shape=(2, 40, 3, 3)), maps(shape=(2, 40, 3, 3)))
