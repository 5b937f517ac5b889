"""Against the codecs' own decoding, in NumPy."""

import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap, RegressionLabel, SimCCLabel

from fifa_mm import EdgeHeatmap, GaussianHeatmap, UnclippedRegressionLabel
from fifa_mm.export.decoders import decoder_of

SIZE = {'input_size': (64, 48), 'heatmap_size': (16, 12)}


def heatmaps(seed, noise=0.02):
    """Gaussians at places inside, at the border and in the corners, with noise, (2, 40, 12, 16)."""
    rng = np.random.default_rng(seed)
    places = rng.uniform([-1, -1], [17, 13], (2, 40, 2))
    places[:, :4] = [[0, 0], [15, 0], [0, 11], [15, 11]]
    x, y = np.arange(16), np.arange(12)[:, None]
    dx, dy = (places[..., i, None, None] for i in (0, 1))
    maps = np.exp(-((x - dx) ** 2 + (y - dy) ** 2) / 2)
    maps = maps + noise * rng.random(maps.shape)
    maps[0, 5] = 0.0
    return maps.astype(np.float32)


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize(
    'codec',
    [
        MSRAHeatmap(**SIZE, sigma=1.0),
        MSRAHeatmap(**SIZE, sigma=1.0, unbiased=True, blur_kernel_size=5),
        GaussianHeatmap(**SIZE),
        GaussianHeatmap(**SIZE, decoder='local'),
        GaussianHeatmap(**SIZE, decoder='argmax', peak='density'),
        EdgeHeatmap(**SIZE, num_landmarks=40, edges=[((0, 1), False)]),
    ],
    ids=lambda codec: f'{type(codec).__name__}-{getattr(codec, "decoder", "")}',
)
def test_heatmaps(codec, seed):
    maps = heatmaps(seed)
    if isinstance(codec, MSRAHeatmap):
        maps[:, 5:8] -= 2  # nothing is there
    inputs = [torch.from_numpy(maps)]
    if isinstance(codec, EdgeHeatmap):
        inputs.append(inputs[0] * 0.7)
        expected = codec.batch_decode(*inputs)
    elif isinstance(codec, GaussianHeatmap):
        expected = codec.batch_decode(*inputs)
    else:
        expected = zip(*(codec.decode(m) for m in maps), strict=True)
    points, scores = decoder_of(codec)(codec, *inputs)
    expected_points, expected_scores = (np.concatenate(part) for part in expected)
    np.testing.assert_allclose(points, expected_points, atol=2e-3)
    np.testing.assert_allclose(scores, expected_scores, rtol=1e-5)


@pytest.mark.parametrize('kind', [RegressionLabel, UnclippedRegressionLabel])
def test_coordinates(kind):
    codec, shares = kind(input_size=(64, 48)), np.random.default_rng(0).normal(0.5, 1, (2, 7, 2))
    points, scores = decoder_of(codec)(codec, torch.from_numpy(shares))
    for found, given, sure in zip(points, shares, scores, strict=True):
        expected, expected_scores = codec.decode(given[None])
        np.testing.assert_allclose(found, expected[0])
        np.testing.assert_allclose(sure, expected_scores[0])


def test_a_codec_that_is_not_known():
    codec = SimCCLabel(input_size=(64, 48), sigma=6.0, simcc_split_ratio=2.0)
    with pytest.raises(ValueError, match=r'for GaussianHeatmap, .* not for SimCCLabel: export'):
        decoder_of(codec)
