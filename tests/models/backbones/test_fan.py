"""FAN against its known sizes and against a plain reading of its layers."""

import pytest
import torch
import torch.nn.functional as F
from mmpose.registry import MODELS

from fifa_mm import FAN
from fifa_mm.models.backbones.fan import HierarchicalBlock, HierarchicalHourglass

BN = {'type': 'BN'}
SMALL = {'num_landmarks': 5, 'channels': 16, 'depth': 2}


def count(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ('stacks', 'parameters'), [(1, 6_239_645), (2, 12_076_474), (4, 23_750_132)]
)
def test_parameters_with_29_landmarks(stacks, parameters):
    head = {'type': 'FANHead', 'in_channels': 256, 'out_channels': 29}
    with torch.device('meta'):
        fan = MODELS.build({'type': 'FAN', 'num_landmarks': 29, 'num_stacks': stacks})
        head = MODELS.build(head)
    assert count(fan) + count(head) == parameters


def test_two_stacks_at_full_size():
    with torch.device('meta'):
        maps = FAN(68)(torch.zeros(1, 3, 256, 256))
    assert [tuple(m.shape) for m in maps] == [(1, 68, 64, 64), (1, 256, 64, 64)]


@pytest.mark.parametrize('stacks', [1, 2, 3])
@pytest.mark.parametrize('size', [(16, 16), (32, 48)])
def test_shapes(stacks, size):
    maps = FAN(num_stacks=stacks, **SMALL)(torch.randn(2, 3, *size))
    grid = (size[0] // 4, size[1] // 4)
    assert [m.shape for m in maps] == (stacks - 1) * [(2, 5, *grid)] + [(2, 16, *grid)]


def randomise(module):
    """Weights and statistics without a 0 or 1 that could hide a missing layer."""
    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.is_floating_point():
            torch.nn.init.uniform_(tensor, 0.1, 0.5)
    return module.eval().double()


def reference_conv(module, x):
    """Norm, ReLU, 3 x 3 convolution."""
    x = F.batch_norm(
        x, module.bn.running_mean, module.bn.running_var, module.bn.weight, module.bn.bias
    )
    return F.conv2d(x.clamp(min=0), module.conv.weight, padding=module.conv.weight.shape[-1] // 2)


def reference_block(block, x):
    a = reference_conv(block.conv1, x)
    b = reference_conv(block.conv2, a)
    c = reference_conv(block.conv3, b)
    same = isinstance(block.shortcut, torch.nn.Identity)
    return torch.cat([a, b, c], 1) + (x if same else reference_conv(block.shortcut, x))


@pytest.mark.parametrize('widths', [(8, 8), (8, 16)])
def test_block_equals_the_reference(widths):
    torch.manual_seed(0)
    block = randomise(HierarchicalBlock(*widths, BN))
    x = torch.randn(2, widths[0], 6, 5, dtype=torch.float64)
    torch.testing.assert_close(block(x), reference_block(block, x))


def test_hourglass_equals_the_reference():
    torch.manual_seed(0)
    hourglass = randomise(HierarchicalHourglass(8, 2, BN))
    x = torch.randn(1, 8, 8, 8, dtype=torch.float64)

    def below(block, x):
        return reference_block(block, x.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).mean((3, 5)))

    def above(block, x):
        return reference_block(block, x).repeat_interleave(2, 2).repeat_interleave(2, 3)

    inner = hourglass.inner
    middle = below(hourglass.down, x)
    bottom = reference_block(inner.inner, below(inner.down, middle))
    middle = reference_block(inner.skip, middle) + above(inner.up, bottom)
    expected = reference_block(hourglass.skip, x) + above(hourglass.up, middle)
    torch.testing.assert_close(hourglass(x), expected)


def test_a_stack_sees_the_heatmaps_of_the_one_before():
    torch.manual_seed(0)
    fan, x = FAN(**SMALL).eval(), torch.randn(1, 3, 32, 32)
    first, last = fan(x)
    with torch.no_grad():
        fan.heatmaps[0].bias += 1
    moved, after = fan(x)
    torch.testing.assert_close(moved, first + 1)
    assert (after - last).abs().max() > 1e-4
    with torch.no_grad():
        fan.heatmap_back[0].weight.zero_()
    cut = fan(x)[1]
    with torch.no_grad():
        fan.heatmaps[0].bias -= 1
    torch.testing.assert_close(fan(x)[1], cut)


def test_the_last_feature_reaches_every_parameter():
    torch.manual_seed(0)
    fan = FAN(num_stacks=3, **SMALL)
    fan(torch.randn(2, 3, 32, 32))[-1].square().sum().backward()
    for name, parameter in fan.named_parameters():
        assert parameter.grad.isfinite().all(), name
        # A norm that follows takes away the bias of the stem and of the last convolution.
        assert parameter.grad.any() or name.endswith('conv.bias'), name


@pytest.mark.parametrize('size', [(24, 16), (16, 40), (8, 8)])
def test_bad_size(size):
    message = f'divisible by .* = 16, got {size[1]} x {size[0]}'
    with pytest.raises(ValueError, match=message):
        FAN(**SMALL)(torch.zeros(1, 3, *size))
