"""Decoders as pure functions."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from fifa_mm.codecs.decoding import argmax, centroid, local_centroid

sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(sizes, st.integers(0, 1000))
def test_centroid_is_scipys_center_of_mass(size, seed):
    torch.manual_seed(seed)
    heatmap = torch.rand(size, dtype=torch.float64) + 1e-3
    expected = ndimage.center_of_mass(heatmap.numpy())[::-1]
    assert centroid(heatmap).tolist() == pytest.approx(expected)


@given(sizes, st.integers(0, 1000))
def test_centroid_of_a_flipped_map_is_flipped(size, seed):
    torch.manual_seed(seed)
    heatmap = torch.rand(2, 3, *size, dtype=torch.float64)
    x, y = centroid(heatmap).unbind(-1)
    flipped = torch.stack([size[1] - 1 - x, y], -1)
    torch.testing.assert_close(centroid(heatmap.flip(-1)), flipped)


def test_centroid_of_an_empty_map_is_the_middle_with_finite_gradient():
    heatmap = torch.zeros(4, 7, requires_grad=True)
    point = centroid(heatmap)
    point.sum().backward()
    assert point.tolist() == [3, 1.5]
    assert heatmap.grad.isfinite().all()


def test_local_centroid_ignores_what_lies_outside_the_window():
    heatmap = torch.zeros(20, 30)
    heatmap[5, 7:9] = torch.tensor([1, 0.5])
    heatmap[18, 29] = 0.9
    assert local_centroid(heatmap, 5).tolist() == pytest.approx([7 + 1 / 3, 5])
    assert argmax(heatmap).tolist() == [7, 5]
    assert centroid(heatmap)[0] > 15


@given(sizes, st.integers(0, 1000))
def test_a_window_larger_than_the_map_is_the_centroid(size, seed):
    torch.manual_seed(seed)
    heatmap = torch.rand(2, *size)
    torch.testing.assert_close(local_centroid(heatmap, 19), centroid(heatmap))


@pytest.mark.parametrize('decode', [centroid, lambda h: local_centroid(h, 3)])
def test_gradient_matches_finite_differences(decode):
    torch.manual_seed(0)
    heatmap = torch.rand(2, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(decode, heatmap)
