"""A picture, and a network without weights."""

import cv2
import numpy as np
import pytest

from fifa_mm.predict.boxes import TrainingBox


@pytest.fixture
def photo(rng):
    """Noise with structure, (300, 400, 3)."""
    small = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    return cv2.resize(small, (400, 300), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


class Corners:
    """A network that sees its landmarks at fixed shares of the crop."""

    size, padding, box, num_landmarks = (32, 16), 1.25, TrainingBox(), 3
    shares = np.array([[0.0, 0.0], [1.0, 1.0], [0.25, 0.5]])

    def __init__(self):
        self.batches = []

    def __call__(self, crops):
        assert crops.shape[1:] == (16, 32, 3)
        assert crops.dtype == np.uint8
        self.batches.append(crops)
        points = np.tile(self.shares * self.size, (len(crops), 1, 1))
        return points, np.full((len(crops), 3), 0.5)


@pytest.fixture
def corners():
    return Corners()
