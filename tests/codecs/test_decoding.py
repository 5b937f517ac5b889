"""Decoders as pure functions."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from fifa_mm.codecs.decoding import argmax, centroid, local_centroid, local_soft_argmax

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


@pytest.mark.parametrize(
    'decode',
    [centroid, lambda h: local_centroid(h, 3), lambda h: local_soft_argmax(h, 3, 2.0)],
)
def test_gradient_matches_finite_differences(decode):
    torch.manual_seed(0)
    heatmap = torch.rand(2, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(decode, heatmap)


@given(sizes, st.integers(0, 1000), st.floats(0.1, 20))
def test_soft_argmax_in_a_window_larger_than_the_map_is_the_mean_under_softmax(size, seed, t):
    torch.manual_seed(seed)
    heatmap = torch.randn(size, dtype=torch.float64)
    weights = (t * heatmap).flatten().softmax(0).view(size)
    expected = ndimage.center_of_mass(weights.numpy())[::-1]
    assert local_soft_argmax(heatmap, 19, t).tolist() == pytest.approx(expected, abs=1e-9)


def test_soft_argmax_known_value_ignores_the_offset_and_what_lies_outside_the_window():
    heatmap = torch.full((20, 30), -50.0)
    heatmap[5, 7:9] = torch.tensor([-3, -3 - math.log(2) / 10])
    heatmap[18, 29] = -3.001
    point = local_soft_argmax(heatmap, 5, 10)
    assert point.tolist() == pytest.approx([7 + 1 / 3, 5])
    torch.testing.assert_close(local_soft_argmax(heatmap + 100, 5, 10), point)


@pytest.mark.parametrize(
    'decode',
    [argmax, centroid, lambda h: local_centroid(h, 3), lambda h: local_soft_argmax(h, 3, 2.0)],
)
@pytest.mark.parametrize('dtype', [torch.float16, torch.float32])
def test_a_map_with_a_nan_has_no_place(decode, dtype):
    torch.manual_seed(0)
    heatmaps = torch.rand(2, 5, 6, dtype=dtype)
    heatmaps[1, 3, 2] = torch.nan
    points = decode(heatmaps)
    assert points[0].tolist() == decode(heatmaps[:1])[0].tolist()
    assert points[0].isfinite().all()
    assert points[1].isnan().all()


def test_soft_argmax_near_the_border_and_of_extreme_values_is_finite():
    heatmap = torch.zeros(6, 8, requires_grad=True)
    peaked = heatmap + torch.nn.functional.one_hot(torch.tensor(0), 48).view(6, 8) * 1e4
    point = local_soft_argmax(peaked, 5, 100)
    point.sum().backward()
    assert point.tolist() == [0, 0]
    assert heatmap.grad.isfinite().all()
