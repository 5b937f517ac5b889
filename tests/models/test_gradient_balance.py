"""GradientBalance."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from two_ranks import on_two_ranks

from fifa_mm.models.gradient_balance import GradientBalance


def step(balance, main=3.0, other=4.0, dtype=torch.float32):
    """The factor for losses whose gradients at a tensor of one number are ``main``, ``other``."""
    shared = torch.ones(1, dtype=dtype, requires_grad=True)
    total = shared.float().sum()
    return balance(main * total, other * total, shared).item()


def test_known_value():
    shared = torch.zeros(2, 2, requires_grad=True)
    main, other = (shared * torch.tensor([[3.0, 0], [0, 4]])).sum(), 2 * shared[0, 0]
    assert GradientBalance(0.5)(main, other, shared).item() == pytest.approx(0.5 * 5 / 2)


@given(st.floats(1e-3, 1e3), st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_the_weighted_gradient_is_the_ratio_of_the_main_one(ratio, main, other):
    assert step(GradientBalance(ratio), main, other) * other == pytest.approx(
        ratio * main, rel=1e-5
    )


def test_smoothing_is_exponential_and_unbiased():
    balance, steps = GradientBalance(1, momentum=0.8), [(3, 4), (1, 8), (5, 2)]
    for n in range(1, 4):
        found = step(balance, *steps[n - 1])
        weights = [0.8 ** (n - 1 - i) for i in range(n)]
        means = [sum(w * s[k] for w, s in zip(weights, steps, strict=False)) for k in (0, 1)]
        assert found == pytest.approx(means[0] / means[1])
    balance.restart()
    assert step(balance) == pytest.approx(0.75)


def test_no_state_and_no_gradient():
    balance = GradientBalance(1)
    shared = torch.ones(1, requires_grad=True)
    assert not balance(2 * shared.sum(), shared.sum(), shared).requires_grad
    assert not balance.state_dict()
    assert not list(balance.parameters())


def test_a_step_that_is_not_finite_is_left_out():
    balance = GradientBalance(1)
    step(balance, 3, 4)
    assert step(balance, float('inf'), 1) == pytest.approx(0.75)
    assert step(balance, 1, float('nan')) == pytest.approx(0.75)
    assert step(balance, 3, 4) == pytest.approx(0.75)


def test_a_view_loss_without_gradient_is_finite():
    assert step(GradientBalance(1), 3, 0.0) * 0.0 == 0


def test_gradients_too_small_for_half_precision():
    # As they are, 5 and 3 units of the last place.
    factor = step(GradientBalance(0.1), 3e-7, 2e-7, torch.float16)
    assert factor == pytest.approx(0.15, rel=1e-2)


def test_without_a_gradient_at_the_feature_the_factor_stays():
    balance, shared = GradientBalance(1), torch.ones(1)
    step(balance)
    assert balance(shared.sum(), shared.sum(), shared).item() == pytest.approx(0.75)


def test_a_loss_that_does_not_depend_on_the_feature():
    balance, shared = GradientBalance(1), torch.ones(2, requires_grad=True)
    for other in (torch.ones(()), torch.ones((), requires_grad=True) * 2):
        with pytest.raises(ValueError, match=r'does not depend on the feature of shape \[2\]'):
            balance(shared.sum(), other, shared)


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        ({'ratio': 0}, 'ratio must be a number above 0, got 0'),
        ({'ratio': float('nan')}, 'ratio must be a number above 0, got nan'),
        ({'ratio': 1, 'momentum': 1}, 'momentum must be a number of at least 0 and below 1, got 1'),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        GradientBalance(**kwargs)


def balance_on_rank(rank):
    """The factor of one of two processes, whose gradients are 3 and 4, and 12 and 0."""
    return step(GradientBalance(1), *((3, 4), (4, 3))[rank])


def test_two_processes_have_the_factor_of_one_batch():
    assert on_two_ranks(balance_on_rank) == [1, 1]
