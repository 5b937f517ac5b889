"""View losses by the names of Table 6."""

import math

import pytest
import torch
from mmengine.registry import init_default_scope
from torch.nn import functional as F

from fifa_mm import DCCALoss
from fifa_mm.models.losses.view_loss import CORRELATIONS, POINTWISE, build_view_loss

init_default_scope('mmpose')


def wing(delta, omega=10, epsilon=2):
    """Feng et al. 2018, Eq. 5."""
    offset = omega - omega * math.log(1 + omega / epsilon)
    small = omega * torch.log1p(delta.abs() / epsilon)
    return torch.where(delta.abs() < omega, small, delta.abs() - offset)


@pytest.mark.parametrize('shape', [(2, 3, 4, 5), (6, 3)])
@pytest.mark.parametrize(
    ('name', 'reference'),
    [
        ('L2', F.mse_loss),
        ('L1', F.l1_loss),
        ('SmoothL1', F.smooth_l1_loss),
        ('Wing', lambda a, b: wing(a - b).mean()),
    ],
)
def test_pointwise_losses_are_means_over_all_numbers(name, reference, shape):
    torch.manual_seed(0)
    a, b = 10 * torch.randn(shape), 10 * torch.randn(shape)
    torch.testing.assert_close(build_view_loss(name)(a, b), reference(a, b))


@pytest.mark.parametrize('name', [*POINTWISE, 'DCCA'])
def test_equal_views_have_no_gradient(name):
    torch.manual_seed(0)
    a = torch.randn(2, 3, 4, 4, requires_grad=True)
    loss = build_view_loss(name)(a, a.clone())
    loss.backward()
    assert loss.item() == pytest.approx(-1 if name == 'DCCA' else 0, abs=1e-6)
    assert a.grad.abs().max() < 1e-6


def test_configs():
    a, b = torch.zeros(4, 2), torch.ones(4, 2)
    assert build_view_loss({'type': 'L1', 'loss_weight': 5})(a, b).item() == 5
    assert build_view_loss({'type': 'MSELoss'})(a, b).item() == 1
    assert build_view_loss({'type': 'DCCA', 'mode': 'cca'}).mode == 'cca'
    assert isinstance(build_view_loss('DCCA'), DCCALoss)
    for name, kind in CORRELATIONS.items():
        assert type(build_view_loss({'type': name, 'loss_weight': 2.0})) is kind
    assert build_view_loss({'type': 'SpatialCCALoss', 'dims': 8}).dims == 8
    cfg = {'type': 'Wing', 'omega': 5.0}
    build_view_loss(cfg)
    assert cfg == {'type': 'Wing', 'omega': 5.0}


@pytest.mark.parametrize('cfg', ['L3', {'type': 'L3'}, None, {}])
def test_unknown_name(cfg):
    with pytest.raises(ValueError, match=r"view_loss must be one of .*'DCCA'.* got ('L3'|None)"):
        build_view_loss(cfg)
