"""GaussianHeatmap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmpose.codecs import MSRAHeatmap
from mmpose.registry import KEYPOINT_CODECS

from fifa_mm import GaussianHeatmap

COMBINATIONS = [
    (decoder, peak, subpixel)
    for decoder in ('centroid', 'local', 'argmax')
    for peak in ('unit', 'density')
    for subpixel in (True, False)
]


def codec(input_size=(512, 512), heatmap_size=(128, 128), **kwargs):
    return GaussianHeatmap(input_size, heatmap_size, **kwargs)


def test_known_values():
    # Input pixel 41.5 is heatmap pixel (41.5 + 0.5) / 4 - 0.5 = 10.
    encoded = codec().encode(np.array([[[41.5, 81.5]]]))
    heatmap = encoded['heatmaps'][0]
    assert heatmap.dtype == np.float32
    assert heatmap[20, 10] == 1
    assert heatmap[20, 15] == pytest.approx(3.8659e-3, rel=1e-4)  # r = 5, sigma = 1.5
    assert heatmap[20, 16] == 0
    assert heatmap[24, 14] == 0  # sqrt(32) > 5
    assert (heatmap > 0).sum() == 81  # lattice points in a circle of radius 5
    assert encoded['keypoint_labels'].tolist() == [[[42 / 512, 82 / 512]]]
    assert encoded['keypoint_weights'].tolist() == [[1]]


def test_density_is_the_normal_density():
    heatmap = codec(peak='density').encode(np.array([[[41.5, 81.5]]]))['heatmaps'][0]
    assert heatmap.max() == pytest.approx(0.0707, abs=1e-4)
    assert heatmap.sum() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(('decoder', 'peak', 'subpixel'), COMBINATIONS)
@pytest.mark.parametrize('sizes', [((512, 512), (128, 128)), ((256, 192), (64, 48))])
@given(st.integers(0, 10**6))
def test_round_trip(decoder, peak, subpixel, sizes, seed):
    c = codec(*sizes, decoder=decoder, peak=peak, subpixel=subpixel)
    size = np.array(sizes[0])
    points = np.random.default_rng(seed).uniform(22, size - 23, (1, 7, 2))
    encoded = c.encode(points)
    decoded, scores = c.decode(encoded['heatmaps'])
    # The maximum, and a rounded centre, are at most half a heatmap pixel off: 2 input pixels.
    exact = subpixel and decoder != 'argmax'
    np.testing.assert_allclose(decoded, points, atol=0.025 if exact else 2.001, rtol=0)
    assert decoded.shape == (1, 7, 2)
    assert scores.shape == (1, 7)
    assert (scores > 0.89).all()
    assert (scores <= 1).all()
    expected = (points + 0.5) / size
    np.testing.assert_allclose(encoded['keypoint_labels'], expected, atol=1e-6)


@given(st.floats(21, 234), st.floats(21, 234))
def test_a_flipped_image_has_the_flipped_heatmap(x, y):
    c = codec((256, 256), (64, 64))
    heatmap = c.encode(np.array([[[x, y]]]))['heatmaps']
    flipped = c.encode(np.array([[[255 - x, y]]]))['heatmaps']
    np.testing.assert_allclose(flipped, heatmap[..., ::-1], atol=4e-3)  # r = 5 falls on either side
    assert np.abs(flipped - heatmap[..., ::-1]).mean() < 1e-5


def test_against_mmposes_gaussian():
    # MSRA puts input pixel p at p / s: shift the points to where it agrees.
    points = np.random.default_rng(0).uniform(40, 400, (1, 9, 2))
    ours = codec(radius=100).encode(points)['heatmaps']
    shifted = ((points + 0.5) / 4 - 0.5) * 4
    msra = MSRAHeatmap((512, 512), (128, 128), sigma=1.5, unbiased=True)
    np.testing.assert_allclose(ours, msra.encode(shifted)['heatmaps'], atol=1e-5)


def test_unlabelled_and_outside():
    nowhere = [np.nan, np.nan]
    points = np.array([[nowhere, [100, 100], [-100, 50], [-3, 50]]])
    encoded = codec().encode(points, np.array([[0, 1, 1, 1]]))
    assert encoded['keypoint_weights'].tolist() == [[0, 1, 0, 1]]
    assert encoded['keypoint_labels'][0, 0].tolist() == [0, 0]
    assert not encoded['heatmaps'][[0, 2]].any()
    assert encoded['heatmaps'][3].any()
    _, scores = codec().decode(encoded['heatmaps'])
    assert scores[0, 0] == 0


def test_arguments_stay_unchanged():
    points, visible = np.ones((1, 2, 2)), np.array([[1.0, 0]])
    codec().encode(points, visible)
    assert points.tolist() == np.ones((1, 2, 2)).tolist()
    assert visible.tolist() == [[1, 0]]


@given(st.integers(0, 10**6))
def test_local_soft_argmax_of_sub_pixel_targets(seed):
    c = codec(decoder='local', window=5, temperature=10)
    points = np.random.default_rng(seed).uniform(22, 489, (1, 50, 2))
    maps = c.encode(points)['heatmaps'] - 0.3  # a linear last layer may well lie below 0
    np.testing.assert_allclose(c.decode(maps)[0], points, atol=0.2)  # 1/20 of a heatmap pixel


def test_registered():
    cfg = {'type': 'GaussianHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16)}
    assert isinstance(KEYPOINT_CODECS.build(cfg), GaussianHeatmap)


def test_a_temperature_needs_a_window():
    with pytest.raises(ValueError, match="temperature needs decoder='local'"):
        codec(temperature=10)


def test_bad_landmarks():
    points = np.ones((1, 3, 2))
    points[0, 1] = np.nan
    with pytest.raises(ValueError, match=r'keypoints must be finite where labelled, numbers \[1\]'):
        codec().encode(points)
    with pytest.raises(ValueError, match='one instance'):
        codec().encode(np.ones((2, 3, 2)))
