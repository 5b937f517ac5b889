"""AnisotropicDirectionLoss."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmpose.registry import MODELS
from torch.nn import functional as F

from fifa_mm import AnisotropicDirectionLoss
from fifa_mm.models.losses.anisotropic_direction_loss import (
    anisotropic_direction_loss,
    anisotropy,
    second_moments,
)

D = torch.float64


def one(error, normal, ratio, knee=0.01):
    error, normal = (torch.tensor(v, dtype=D) for v in (error, normal))
    return anisotropic_direction_loss(
        error, torch.zeros(2, dtype=D), normal, torch.tensor(ratio, dtype=D), knee
    ).item()


def test_by_hand():
    # ratio 9: weights 1.8 across and 0.2 along the edge.
    assert one([0.3, 0.4], [1, 0], 9.0) == pytest.approx(math.sqrt(0.194) - 0.005)
    assert one([0.3, 0.4], [0, 1], 9.0) == pytest.approx(math.sqrt(0.306) - 0.005)
    assert one([0.003, 0.004], [1, 0], 9.0) == pytest.approx(0.194e-4 / 0.02)
    assert one([0.3, 0.4], [0.6, 0.8], 3.0) == pytest.approx(math.sqrt(1.5 * 0.25) - 0.005)
    assert one([0.3, 0.4], [0, 0], 9.0) == pytest.approx(0.495)
    assert one([0, 0], [1, 0], 9.0) == 0


def test_isotropic_limit_is_smooth_l1_of_the_distance():
    torch.manual_seed(0)
    predicted, target = torch.randn(2, 50, 2, dtype=D) * 0.02
    normals = F.normalize(torch.randn(50, 2, dtype=D), dim=-1)
    distance = (predicted - target).norm(dim=-1)
    expected = F.smooth_l1_loss(distance, torch.zeros(50, dtype=D), beta=0.01, reduction='none')
    ones = torch.ones(50, dtype=D)
    result = anisotropic_direction_loss(predicted, target, normals, ones)
    torch.testing.assert_close(result, expected)
    no_normals = torch.zeros(50, 2, dtype=D)
    result = anisotropic_direction_loss(predicted, target, no_normals, 9 * ones)
    torch.testing.assert_close(result, expected)


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(0, 6.3), st.floats(1, 9))
def test_turning_everything_changes_nothing_and_the_sign_of_the_normal_neither(x, y, angle, ratio):
    c, s = math.cos(angle), math.sin(angle)
    turned = one([c * x - s * y, s * x + c * y], [c, s], ratio)
    assert turned == pytest.approx(one([x, y], [1, 0], ratio), abs=1e-12)
    assert turned == pytest.approx(one([x, y], [-1, 0], ratio), abs=1e-12)
    assert turned == pytest.approx(one([y, x], [0, 1], ratio), abs=1e-12)


def test_gradient():
    torch.manual_seed(0)
    predicted = (0.05 * torch.randn(6, 2, dtype=D)).requires_grad_()
    target = torch.zeros(6, 2, dtype=D)
    normals = F.normalize(torch.randn(6, 2, dtype=D), dim=-1)
    normals[0] = 0
    ratio = torch.linspace(1, 9, 6, dtype=D)

    def loss(predicted):
        return anisotropic_direction_loss(predicted, target, normals, ratio)

    assert torch.autograd.gradcheck(loss, predicted)
    assert torch.autograd.gradcheck(loss, (predicted * 0.01).detach().requires_grad_())
    at_target = torch.zeros(6, 2, dtype=D, requires_grad=True)
    loss(at_target).sum().backward()
    assert not at_target.grad.any()


def gaussian(sx, sy, angle=0.0, size=81):
    grid = torch.linspace(-1, 1, size, dtype=D)
    y, x = torch.meshgrid(grid, grid, indexing='ij')
    u = math.cos(angle) * x + math.sin(angle) * y
    v = -math.sin(angle) * x + math.cos(angle) * y
    return torch.exp(-(u**2) / (2 * sx**2) - v**2 / (2 * sy**2))[None, None]


def test_second_moments_of_a_gaussian():
    moments = second_moments(gaussian(0.2, 0.1), torch.zeros(1, 1, 2, dtype=D))
    expected = torch.tensor([[0.04, 0], [0, 0.01]], dtype=D)
    torch.testing.assert_close(moments[0, 0], expected, atol=1e-4, rtol=0)
    point = torch.tensor([[[0.3, -0.1]]], dtype=D)
    moved = second_moments(gaussian(0.2, 0.1), point)
    expected += torch.tensor([[0.09, -0.03], [-0.03, 0.01]], dtype=D)
    torch.testing.assert_close(moved[0, 0], expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ('sx', 'expected'), [(0.2, 4.0), (0.25, 6.25), (0.1, 1.0), (0.05, 1.0), (0.4, 9.0)]
)
@pytest.mark.parametrize('angle', [0.0, 0.7])
def test_anisotropy_of_a_gaussian(sx, expected, angle):
    normal = torch.tensor([[[-math.sin(angle), math.cos(angle)]]], dtype=D)
    moments = second_moments(gaussian(sx, 0.1, angle), torch.zeros(1, 1, 2, dtype=D))
    assert anisotropy(moments, normal, 9).item() == pytest.approx(expected, rel=0.01)


def test_anisotropy_of_an_empty_map_and_without_a_normal_is_1():
    loss = AnisotropicDirectionLoss()
    point, normal = torch.zeros(1, 1, 2), torch.tensor([[[0.0, 1.0]]])
    assert loss.ratio(torch.zeros(1, 1, 8, 8), point, normal) == 1
    assert loss.ratio(torch.rand(1, 1, 8, 8), point, 0 * normal) == 1


def test_module():
    loss = MODELS.build({'type': 'mmpose.AnisotropicDirectionLoss', 'loss_weight': 2})
    predicted = torch.tensor([[[0.3, 0.4], [0.5, 0.5]]])
    target, normals = torch.zeros(1, 2, 2), torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    weights = torch.tensor([[1.0, 0.0]])
    value = loss(predicted, target, normals, torch.full((1, 2), 9.0), weights)
    assert value.item() == pytest.approx(math.sqrt(0.194) - 0.005)
    attention = torch.rand(1, 2, 8, 8, requires_grad=True)
    assert not loss.ratio(attention, predicted, normals).requires_grad


def test_bad_input():
    a = torch.zeros(1, 3, 2)
    with pytest.raises(ValueError, match=r'\(1, 2, 2\)'):
        AnisotropicDirectionLoss()(a, a[:, :2], a, torch.ones(1, 3))
