"""Photometric operations: one known value each, and the distributions of FaRL's augmentation.

References are simulated here from the formulas, apart from the code under test.
"""

import random

import numpy as np
import pytest
from scipy import stats

from fifa_mm.transforms.photometric import (
    NoiseFusion,
    RandomBlur,
    RandomGray,
    RandomOcclusion,
    random_gamma,
)


def outputs(op, image, count):
    """``count`` augmentations of one image from one seeded stream."""
    rng = np.random.default_rng(5)
    op.set_random_state(rng, random.Random(5))
    return [op(image=image)['image'] for _ in range(count)]


def flat(value, size=32):
    return np.full((size, size, 3), value, np.uint8)


def test_occlusion_is_distributed_as_in_farl():
    """Top, height, left and width of the black rectangle, against a simulation of 100 000."""
    size, count = 160, 2000
    found = []
    for image in outputs(RandomOcclusion(), flat(255, size), count):
        rows, columns = np.nonzero(image[..., 0] == 0)
        assert (image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] == 0).all()
        found.append([rows.min(), np.ptp(rows) + 1, columns.min(), np.ptp(columns) + 1])

    rng = np.random.default_rng(1)
    high = rng.uniform(0.2, 0.8, 100_000)
    wide = high - 0.2 + 0.4 * rng.random(100_000)
    reference = []
    for ratio in (high, wide):
        half = (size / 2 * ratio).astype(int) // 2
        middle = ((size - 1) * rng.random(100_000)).astype(int)
        first, last = np.maximum(middle - half, 0), np.minimum(middle + half, size - 1)
        reference += [first, last - first + 1]
    for ours, theirs in zip(np.array(found).T, reference, strict=True):
        assert stats.ks_2samp(ours, theirs).pvalue > 0.01
    assert np.array(found)[:, 1].max() <= 0.4 * size + 1
    assert np.array(found)[:, 3].max() <= 0.5 * size + 1
    assert np.corrcoef(np.array(found)[:, [1, 3]].T)[0, 1] > 0.5  # sides go together


def test_occlusion_of_a_wide_image_reaches_every_corner():
    black = np.mean([(x == 0).all(-1) for x in outputs(RandomOcclusion(), _wide(), 3000)], axis=0)
    corners = black[[0, 0, -2, -2], [0, -2, 0, -2]]
    assert (corners > 0.01).all()


def _wide():
    return np.full((20, 60, 3), 255, np.uint8)


def test_noise_fusion():
    results = outputs(NoiseFusion(), flat(0), 2000)
    alpha = np.array([image.mean() / 127.5 for image in results])
    applied = alpha > 0
    assert stats.binomtest(int(applied.sum()), 2000, 0.5).pvalue > 0.01
    assert stats.kstest(alpha[applied], 'uniform', (0, 0.5)).pvalue > 0.01


def test_noise_is_uniform_and_independent():
    (image,) = outputs(NoiseFusion(top=1.0, p=1), flat(0, 100), 1)
    alpha = image.max() / 255
    noise = image.reshape(-1, 3) / alpha
    assert stats.kstest(noise.ravel() + 0.5, 'uniform', (0, 256)).pvalue > 0.01
    assert np.abs(np.corrcoef(noise.T) - np.eye(3)).max() < 0.03


def test_noise_blends_with_the_image():
    (image,) = outputs(NoiseFusion(p=1), flat(200, 100), 1)
    alpha = np.ptp(image) / 255
    assert image.max() == pytest.approx((1 - alpha) * 200 + alpha * 255, abs=2)
    assert image.mean() == pytest.approx((1 - alpha) * 200 + alpha * 127.5, abs=1)


@pytest.mark.parametrize(('channel', 'luma'), [(0, 29), (1, 150), (2, 76)])
def test_gray_takes_images_for_bgr(channel, luma):
    """ITU-R BT.601: 0.114 blue + 0.587 green + 0.299 red."""
    image = flat(0)
    image[..., channel] = 255
    (gray,) = outputs(RandomGray(p=1), image, 1)
    np.testing.assert_array_equal(gray, flat(luma))


def test_gray_probability():
    image = flat(0, 4)
    image[..., 0] = 255
    gray = sum(int(x[0, 0, 1] > 0) for x in outputs(RandomGray(), image, 3000))
    assert stats.binomtest(gray, 3000, 0.1).pvalue > 0.01


def test_gamma_is_root_identity_or_square():
    image = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, 2)
    results = outputs(random_gamma(), image, 3000)
    reference = {g: 255 * (image / 255) ** g for g in (0.5, 1, 2)}
    counts = dict.fromkeys(reference, 0)
    for result in results:
        errors = {g: np.abs(result - r).max() for g, r in reference.items()}
        gamma = min(errors, key=errors.get)
        assert errors[gamma] <= 1
        assert (result.min(), result.max()) == (0, 255)
        counts[gamma] += 1
    assert stats.chisquare(list(counts.values())).pvalue > 0.01


def test_blur_sizes():
    """Kernel floor(512 U(0, 0.01)), 0 and 1 leave the image: an impulse spreads over k x k."""
    image = flat(0, 512)
    image[256, 256] = 255
    spread = [int((x[240:272, 240:272, 0] > 0).sum()) for x in outputs(RandomBlur(), image, 600)]
    observed = [spread.count(k * k) for k in (1, 2, 3, 4, 5)]
    assert sum(observed) == 600
    expected = 600 * np.array([2, 1, 1, 1, 0.12]) / 5.12
    assert stats.chisquare(observed, expected).pvalue > 0.01


@pytest.mark.parametrize('k', [2, 3, 5])
def test_blur_is_a_mean(k):
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(image, (k, k), (0, 1))
    inside = slice(k // 2, 20 - (k - 1) // 2)
    blurred = RandomBlur().apply(image, size=k)[inside, inside]
    np.testing.assert_allclose(blurred, windows.mean((-2, -1)), atol=1)


def test_operations_leave_their_input():
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    before = image.copy()
    for op in (RandomOcclusion(), NoiseFusion(p=1), RandomGray(p=1), random_gamma(), RandomBlur()):
        outputs(op, image, 3)
        np.testing.assert_array_equal(image, before)
