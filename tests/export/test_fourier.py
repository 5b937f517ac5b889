import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fifa_mm.export.fourier import MatrixFFParser, without_fft
from fifa_mm.models.backbones.ff_parser import FFParser


@given(height=st.integers(1, 12), width=st.integers(1, 12), seed=st.integers(0, 9))
def test_products_filter_as_the_fft_does(height, width, seed):
    torch.manual_seed(seed)
    parser = FFParser(3, (height, width))
    parser.weight.data = torch.randn_like(parser.weight)
    x = torch.randn(2, 3, height, width)
    torch.testing.assert_close(MatrixFFParser(parser)(x), parser(x), atol=1e-5, rtol=1e-5)


def test_maps_of_the_size_of_a_network():
    parser, x = FFParser(4, (64, 64)), torch.randn(1, 4, 64, 64)
    torch.testing.assert_close(MatrixFFParser(parser)(x), parser(x), atol=1e-5, rtol=1e-4)


def test_every_parser_of_a_module_is_replaced():
    module = nn.Sequential(FFParser(1, (4, 4)), nn.ModuleDict({'a': FFParser(1, (4, 6))}))
    assert without_fft(module) is module
    assert not [m for m in module.modules() if isinstance(m, FFParser)]
    assert len([m for m in module.modules() if isinstance(m, MatrixFFParser)]) == 2


def test_a_map_of_another_size():
    with pytest.raises(RuntimeError):
        MatrixFFParser(FFParser(1, (4, 4)))(torch.zeros(1, 1, 4, 6))
