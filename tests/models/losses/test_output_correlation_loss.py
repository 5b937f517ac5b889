"""OutputCorrelationLoss."""

import numpy as np
import pytest
import torch

from fifa_mm import OutputCorrelationLoss


def maps(seed=0, shape=(2, 3, 4, 5)):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator).requires_grad_()


@pytest.mark.parametrize('sigmoid', [True, False])
def test_against_numpy(sigmoid):
    a, b = maps(0), maps(1)
    weights = torch.tensor([[1.0, 0.0, 0.5], [1.0, 1.0, 0.0]])
    found = OutputCorrelationLoss(sigmoid, loss_weight=2)(a, b, weights).item()
    x, y = (m.detach().numpy().reshape(2, 3, 20) for m in (a, b))
    if sigmoid:
        x, y = 1 / (1 + np.exp(-x)), 1 / (1 + np.exp(-y))
    labelled = [(0, 0), (0, 2), (1, 0), (1, 1)]
    rho = [np.corrcoef(x[at], y[at])[0, 1] for at in labelled]
    assert found == pytest.approx(-2 * np.mean(rho), rel=1e-5)


def test_equal_and_opposite_maps():
    a, weights = maps(), torch.ones(2, 3)
    loss = OutputCorrelationLoss(sigmoid=False)
    assert loss(a, 3 * a + 1, weights).item() == pytest.approx(-1)
    assert loss(a, -a, weights).item() == pytest.approx(1)


def test_the_patched_view_is_the_teacher():
    a, b = maps(0), maps(1)
    OutputCorrelationLoss()(a, b, torch.ones(2, 3)).backward()
    assert a.grad.abs().max() > 0
    assert b.grad is None


def test_what_a_face_shares_over_all_positions_has_no_part():
    a, b = maps(0), maps(1)
    loss, weights = OutputCorrelationLoss(sigmoid=False), torch.ones(2, 3)
    shared = 100 * torch.randn(2, 3, 1, 1)
    torch.testing.assert_close(
        loss(a + shared, b + shared, weights), loss(a, b, weights), rtol=0, atol=1e-4
    )


def test_nothing_labelled_or_flat_maps():
    a, b = maps(0), maps(1)
    loss = OutputCorrelationLoss()
    assert loss(a, b, torch.zeros(2, 3)).item() == 0
    value = loss(a * 0, b, torch.ones(2, 3))
    value.backward()
    assert value.item() == 0
    assert a.grad.isfinite().all()


def test_autocast_changes_nothing():
    a, b, weights = maps(0), maps(1), torch.ones(2, 3)
    expected = OutputCorrelationLoss()(a, b, weights)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        torch.testing.assert_close(OutputCorrelationLoss()(a, b, weights), expected)
        half = OutputCorrelationLoss()(a.bfloat16(), b.bfloat16(), weights)
    assert half.dtype == torch.float32


def test_bad_input():
    with pytest.raises(ValueError, match=r'one shape .* got \[2, 3, 4, 5\] and \[2, 3, 4, 6\]'):
        OutputCorrelationLoss()(maps(), maps(shape=(2, 3, 4, 6)), torch.ones(2, 3))
    with pytest.raises(ValueError, match=r'heatmaps \(B, K, H, W\), the head gives \[2, 3, 2\]'):
        OutputCorrelationLoss()(maps(shape=(2, 3, 2)), maps(shape=(2, 3, 2)), torch.ones(2, 3))
