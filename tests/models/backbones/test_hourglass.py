"""The anti-aliased hourglass."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch.nn import functional as F

from fifa_mm.models.backbones.hourglass import Hourglass, Up, halve, upsample

BN = {'type': 'BN'}
BLUR = {'type': 'antialiased_cnns.BlurPool'}


@settings(deadline=None, max_examples=25)
@given(*[st.integers(1, 9)] * 2, *[st.integers(1, 20)] * 2)
def test_upsample_is_bilinear(height, width, new_height, new_width):
    x, size = torch.randn(2, 3, height, width), (new_height, new_width)
    expected = F.interpolate(x, size, mode='bilinear', align_corners=False)
    torch.testing.assert_close(upsample(x, size), expected, atol=1e-5, rtol=0)


def test_concat_is_a_1x1_convolution_of_the_concatenation():
    up = Up(8, (12, 12), False, BN).eval()
    skip, low = torch.randn(2, 8, 12, 12), torch.randn(2, 8, 6, 6)
    both = torch.cat([skip, F.interpolate(low, scale_factor=2, mode='bilinear')], 1)
    weight = torch.cat([up.skip.weight, up.low.weight], 1)
    expected = up.norm(F.conv2d(both, weight)).relu()
    torch.testing.assert_close(up(skip, low), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize('blur', [BLUR, None])
@settings(deadline=None, max_examples=20)
@given(height=st.integers(3, 17), width=st.integers(3, 17))
def test_halves_any_size(blur, height, width):
    y = halve(4, blur, BN).eval()(torch.randn(1, 4, height, width))
    assert y.shape == (1, 4, (height + 1) // 2, (width + 1) // 2)


def test_blur_sits_between_convolutions_of_stride_1():
    module = halve(8, BLUR, BN)
    assert type(module[2]).__name__ == 'BlurPool'
    assert {m.stride for m in module.modules() if isinstance(m, torch.nn.Conv2d)} == {(1, 1)}
    strided = halve(8, None, BN)
    assert [m.conv.stride for m in strided] == [(1, 1), (2, 2), (1, 1)]


@settings(deadline=None, max_examples=10)
@given(height=st.integers(5, 24), width=st.integers(5, 24))
def test_keeps_the_shape(height, width):
    hourglass = Hourglass(4, (16, 16), 2, BLUR).eval()
    x = torch.randn(1, 4, height, width)
    assert hourglass(x).shape == x.shape


def test_ff_parser_sizes_follow_the_levels():
    sizes = [up.ff_parser.size for up in Hourglass(4, (30, 16), 3, blur=BLUR).ups]
    assert sizes == [(30, 16), (15, 8), (8, 4)]
    assert not any(
        'ff_parser' in k for k in Hourglass(4, (16, 16), 2, ff_parser=False).state_dict()
    )


def test_blur_from_the_registry():
    @MODELS.register_module(force=True)
    class MeanPool(BaseModule):
        def __init__(self, channels, scale=1.0):
            super().__init__()
            self.scale = scale

        def forward(self, x):
            return self.scale * F.avg_pool2d(x, 2, ceil_mode=True)

    hourglass = Hourglass(4, (16, 16), 2, blur={'type': 'MeanPool', 'scale': 2.0})
    assert isinstance(hourglass.downs[0][2], MeanPool)
    assert hourglass.downs[0][2].scale == 2.0


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        ({'blur': {'type': 'NoSuchBlur'}}, 'blur must be .*NoSuchBlur'),
        ({'blur': {'type': 'antialiased_cnns.BlurPool', 'no': 1}}, 'blur must be .*no'),
        ({'blur': 'BlurPool'}, "blur must be .*'BlurPool'"),
        ({'channels': 6}, 'channels must be an integer of at least 4 and a multiple of 4, got 6'),
        ({'levels': 0}, 'levels must be an integer of at least 1, got 0'),
        ({'levels': 4}, r'levels=4 is too many for maps of \(16, 16\)'),
    ],
)
def test_bad_input(kwargs, message):
    with pytest.raises(ValueError, match=message):
        Hourglass(**{'channels': 4, 'size': (16, 16), 'levels': 2, 'blur': BLUR} | kwargs)


def test_too_small_a_map_is_named():
    with pytest.raises(ValueError, match=r'maps of \(4, 16\).* at least 3'):
        Hourglass(4, (16, 16), 2, blur=BLUR)(torch.zeros(1, 4, 4, 16))


def shift_error(blur, seed):
    """Relative difference between shifting before and after, by one pixel, away from borders."""
    torch.manual_seed(seed)
    hourglass = Hourglass(8, (64, 64), 2, blur=blur, ff_parser=False).eval()
    x = torch.randn(2, 8, 64, 64)
    with torch.no_grad():
        shifted = hourglass(x.roll(1, 3))
        moved = hourglass(x).roll(1, 3)
    inside = (..., slice(16, -16), slice(16, -16))
    centred = moved[inside] - moved[inside].mean((2, 3), keepdim=True)
    return ((shifted - moved)[inside].norm() / centred.norm()).item()


def test_blurpool_is_more_shift_consistent_than_striding():
    blurred = torch.tensor([shift_error(BLUR, seed) for seed in range(4)])
    strided = torch.tensor([shift_error(None, seed) for seed in range(4)])
    assert (blurred < 0.5 * strided).all(), (blurred, strided)
