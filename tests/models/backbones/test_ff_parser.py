"""FFParser and the resampling of its filter."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fifa_mm.models.backbones.ff_parser import FFParser, resample_filter

SIDES = st.integers(3, 20)


def set_weight(parser, real):
    with torch.no_grad():
        parser.weight[..., 0] = real
        parser.weight[..., 1] = 0
    return parser


@pytest.mark.parametrize(
    ('side', 'count'), [(128, 4_259_840), (64, 1_081_344), (32, 278_528), (16, 73_728)]
)
def test_parameters(side, count):
    with torch.device('meta'):
        assert FFParser(256, (side, side)).weight.numel() == count


def test_starts_near_identity():
    torch.manual_seed(0)
    weight = FFParser(64, (32, 32)).weight
    assert weight[..., 0].mean().item() == pytest.approx(1, abs=1e-3)
    assert weight[..., 1].mean().item() == pytest.approx(0, abs=1e-3)
    assert weight.std((0, 1, 2)).tolist() == pytest.approx([0.02, 0.02], rel=0.05)


@settings(deadline=None, max_examples=25)
@given(SIDES, SIDES, SIDES, SIDES)
def test_one_is_identity_at_any_size(height, width, new_height, new_width):
    parser = set_weight(FFParser(2, (height, width)), 1)
    x = torch.randn(1, 2, new_height, new_width)
    torch.testing.assert_close(parser(x), x, atol=1e-5, rtol=0)


@settings(deadline=None, max_examples=25)
@given(SIDES, SIDES, SIDES, SIDES)
def test_zero_frequency_alone_is_the_mean_times_its_weight(height, width, new_height, new_width):
    parser = set_weight(FFParser(2, (height, width)), 0)
    with torch.no_grad():
        parser.weight[:, 0, 0, 0] = torch.tensor([1.0, 3.0])
    x = torch.randn(1, 2, height, width)
    expected = x.mean((2, 3), keepdim=True) * torch.tensor([1.0, 3.0]).view(1, 2, 1, 1)
    torch.testing.assert_close(parser(x), expected.expand_as(x), atol=1e-5, rtol=0)
    resampled = resample_filter(parser.weight, (height, width), (new_height, new_width))
    assert resampled.shape == (2, new_height, new_width // 2 + 1, 2)
    assert resampled[:, 0, 0, 0].tolist() == [1.0, 3.0]


def test_is_circular_convolution():
    torch.manual_seed(0)
    parser = FFParser(1, (6, 8))
    delta = torch.zeros(1, 1, 6, 8)
    delta[..., 0, 0] = 1
    kernel, x = parser(delta)[0, 0], torch.randn(1, 1, 6, 8)
    expected = sum(kernel[i, j] * x[0, 0].roll((i, j), (0, 1)) for i in range(6) for j in range(8))
    torch.testing.assert_close(parser(x)[0, 0], expected, atol=1e-5, rtol=0)


def test_halving_keeps_the_remaining_weights_exactly():
    weight = torch.randn(3, 16, 9, 2)
    half = resample_filter(weight, (16, 16), (8, 8))
    assert torch.equal(half, weight[:, ::2, ::2])


def test_resampled_filter_is_the_same_filter():
    """A smooth filter designed for one size acts alike at another."""

    def gaussian(side):
        f = torch.fft.fftfreq(side)[:, None] ** 2 + torch.fft.rfftfreq(side)[None] ** 2
        return torch.exp(-10 * f)

    weight = torch.stack([gaussian(32), torch.zeros(32, 17)], -1)[None]
    for side in (24, 48, 64):
        resampled = resample_filter(weight, (32, 32), (side, side))[0, ..., 0]
        torch.testing.assert_close(resampled, gaussian(side), atol=1e-2, rtol=0)


def test_transform_is_float32_under_autocast():
    parser, x = FFParser(4, (16, 16)), torch.randn(2, 4, 16, 16).bfloat16()
    expected = parser(x.float())
    with torch.autocast('cpu', torch.bfloat16):
        y = parser(x)
    assert y.dtype == torch.bfloat16
    torch.testing.assert_close(y, expected.bfloat16())


def test_half_precision_weights():
    parser = FFParser(4, (12, 12)).half()  # FFTs of halves exist for powers of two on GPUs alone
    assert parser(torch.randn(1, 4, 12, 12).half()).dtype == torch.float16


def test_channels_last_parameters():
    parser, x = FFParser(4, (16, 16)), torch.randn(2, 4, 16, 16)
    expected = parser(x)
    moved = copy.deepcopy(parser).to(memory_format=torch.channels_last)
    torch.testing.assert_close(moved(x.to(memory_format=torch.channels_last)), expected)


@pytest.mark.parametrize('size', [(6, 6), (5, 8), (9, 4)])
def test_gradient(size):
    parser = FFParser(2, (6, 6)).double()
    x = torch.randn(1, 2, *size, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, w: torch.func.functional_call(parser, {'weight': w}, x), (x, parser.weight)
    )


@pytest.mark.parametrize('size', [(16, 16), (15, 15), (6, 12)])
def test_checkpoint_of_another_size_is_resampled(size):
    parser = FFParser(2, (8, 8))
    other = FFParser(2, size)
    parser.load_state_dict(other.state_dict())
    expected = resample_filter(other.weight, size, (8, 8))
    assert torch.equal(parser.weight, expected)


def test_checkpoint_of_other_channels_is_refused():
    with pytest.raises(RuntimeError, match='size mismatch'):
        FFParser(2, (8, 8)).load_state_dict(FFParser(3, (8, 8)).state_dict())
