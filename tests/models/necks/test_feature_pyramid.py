"""FeaturePyramid."""

import pytest
import torch
from mmpose.registry import MODELS

from fifa_mm import FeaturePyramid


def maps(count=4, channels=6, size=(4, 6)):
    torch.manual_seed(0)
    return tuple(torch.randn(2, channels, *size) for _ in range(count))


def test_parameters_of_farl():
    with torch.device('meta'):
        neck = MODELS.build({'type': 'FeaturePyramid', 'in_channels': 768})
    assert sum(p.numel() for p in neck.parameters()) == 7_081_728


def test_shapes():
    shapes = [tuple(m.shape) for m in FeaturePyramid(6)(maps())]
    assert shapes == [(2, 6, 16, 24), (2, 6, 8, 12), (2, 6, 4, 6), (2, 6, 2, 3)]


def test_known_values():
    neck, inputs = FeaturePyramid(6).eval(), maps()
    with torch.no_grad():
        for deconv in (neck.up2, neck.up4[0], neck.up4[3]):
            deconv.bias.zero_()
            deconv.weight.copy_(torch.eye(6)[..., None, None].expand(-1, -1, 2, 2))
    up4, up2, same, down2 = neck(inputs)

    def enlarged(x, times):
        return x.repeat_interleave(times, 2).repeat_interleave(times, 3)

    gelu = torch.nn.functional.gelu(inputs[0])
    torch.testing.assert_close(up4, enlarged(gelu, 4), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(up2, enlarged(inputs[1], 2))
    assert same is inputs[2]
    assert torch.equal(down2, inputs[3].unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).amax((3, 5)))


def test_gradient_reaches_every_parameter():
    neck = FeaturePyramid(6)
    sum(m.square().sum() for m in neck(maps())).backward()
    # The norm takes away the bias before it.
    for name, parameter in neck.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any() or name == 'up4.0.bias', name


@pytest.mark.parametrize('wrong', [{'count': 3}, {'count': 5}, {'channels': 8}])
def test_bad_maps(wrong):
    with pytest.raises(ValueError, match=r'takes four maps of 6 channels, got maps of \['):
        FeaturePyramid(6)(maps(**wrong))
