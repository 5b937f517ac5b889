"""ADNet."""

import pytest
import torch
from mmpose.registry import MODELS
from torch import nn

from fifa_mm import ADNet
from fifa_mm.models.backbones.adnet_backbone import CoordConv, Residual, coordinate_maps


def small(**kwargs):
    torch.manual_seed(0)
    return ADNet(**({'num_landmarks': 19, 'channels': 16, 'stacks': 2, 'depth': 2} | kwargs))


@pytest.mark.parametrize(('landmarks', 'expected'), [(29, 13_225_028), (68, 13_368_708)])
def test_number_of_parameters(landmarks, expected):
    with torch.device('meta'):
        model = MODELS.build({'type': 'mmpose.ADNet', 'num_landmarks': landmarks})
    assert sum(p.numel() for p in model.parameters()) == expected


def test_number_of_parameters_of_the_parts():
    def count(module):
        return sum(p.numel() for p in module.parameters())

    model = ADNet(29)
    assert count(model.stem[0]) == (3 + 3) * 64 * 49 + 64
    assert [stack.coordinates.conv.in_channels for stack in model.stacks] == [259, 261, 261, 261]
    residuals = [m for m in model.stacks[0].hourglass.modules() if isinstance(m, Residual)]
    assert len(residuals) == 13
    assert [len(stack.feed_back) for stack in model.stacks] == [4, 4, 4, 0]


def test_shapes_and_ranges():
    *stacks, feature = small()(torch.randn(2, 3, 64, 96))
    assert feature.shape == (2, 16, 16, 24)
    assert len(stacks) == 2
    for heatmaps, edges, points in stacks:
        assert heatmaps.shape == points.shape == (2, 19, 16, 24)
        assert edges.shape == (2, 6, 16, 24)
        assert heatmaps.min() == 0
        for maps in (edges, points):
            assert ((maps > 0) & (maps < 1)).all()


def test_every_parameter_has_a_gradient():
    model = small(stacks=3)
    *stacks, _ = model(torch.randn(2, 3, 64, 64))
    sum((m * torch.randn_like(m)).sum() for maps in stacks for m in maps).backward()
    # A bias before a normalisation changes nothing: its gradient is 0, but it is there.
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        if name.endswith('weight'):
            assert parameter.grad.any(), name


def test_coordinates():
    x, y, r = coordinate_maps((3, 5))
    assert x[0].tolist() == [-1, -0.5, 0, 0.5, 1]
    assert y[:, 0].tolist() == [-1, 0, 1]
    assert r[1, 2] == 0
    assert r[0, 0] == r[2, 4] == r.max() == 1
    assert r[1, 4] == pytest.approx(0.5**0.5)


def test_mask_shows_the_coordinates_again():
    layer = CoordConv(1, 1, 1, masked=True)
    nn.init.zeros_(layer.conv.bias)
    layer.conv.weight.data = torch.tensor([0, 0, 0, 0, 1.0, 0])[None, :, None, None]
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., 2:] = 1
    expected = coordinate_maps((4, 4))[0] * mask
    torch.testing.assert_close(layer(torch.randn(1, 1, 4, 4), mask), expected)


def test_later_stacks_see_the_last_heatmap_of_the_one_before():
    model = small().eval()
    masks = []
    model.stacks[1].coordinates.register_forward_pre_hook(lambda _, args: masks.append(args[1]))
    (heatmaps, _, _), *_ = model(torch.randn(1, 3, 64, 64))
    torch.testing.assert_close(masks[0], (heatmaps[:, -1:] > 0.05).float())
    assert 0 < masks[0].mean() < 1


def test_own_number_of_edges_and_norm():
    model = small(num_landmarks=5, num_edges=2, norm_cfg={'type': 'GN', 'num_groups': 1})
    (_, edges, points), *_ = model(torch.randn(1, 3, 32, 32))
    assert (edges.shape[1], points.shape[1]) == (2, 5)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in model.modules())


def test_edges_of_an_unknown_definition():
    with pytest.raises(ValueError, match='num_landmarks must be one of'):
        small(num_landmarks=5)


def test_image_too_small():
    with pytest.raises(ValueError, match=r'at least 32 pixels .* got \(64, 24\)'):
        small()(torch.zeros(1, 3, 64, 24))
