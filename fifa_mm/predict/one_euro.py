"""The one-euro filter: smooth where a signal rests, fast where it moves.

Source: Casiez, Roussel and Vogel, 1 Euro Filter, CHI 2012, Algorithm 1.
"""

import math

import numpy as np

from fifa_mm import checks


class OneEuroFilter:
    """Filters an array of signals, sample by sample.

    Args:
        rate: Samples a second.
        min_cutoff: Cut-off frequency in Hz at rest; less is smoother and slower.
        beta: Growth of the cut-off with the speed; more follows movement faster.
        d_cutoff: Cut-off frequency in Hz of the speed itself.

    Raises:
        ValueError: an argument outside its range.
    """

    def __init__(
        self, rate: float, min_cutoff: float = 1.0, beta: float = 0.0, d_cutoff: float = 1.0
    ):
        self.rate = checks.number('rate', rate, above=0)
        self.min_cutoff = checks.number('min_cutoff', min_cutoff, above=0)
        self.beta = checks.number('beta', beta, 0)
        self.d_cutoff = checks.number('d_cutoff', d_cutoff, above=0)
        self._value: np.ndarray | None = None
        self._speed = np.zeros(())

    def __call__(self, signal: np.ndarray, unit: float = 1.0) -> np.ndarray:
        """The filtered sample; the first one is returned as it is.

        Args:
            signal: Any shape, always the same.
            unit: What the speed is measured in, for instance the size of the face.
        """
        signal = np.asarray(signal, np.float64)
        if self._value is None:
            self._value, self._speed = signal, np.zeros_like(signal)
            return signal
        # The paper takes the raw difference to the previous filtered sample.
        speed = (signal - self._value) * self.rate / unit
        self._speed = mixed(speed, self._speed, smoothing(self.d_cutoff, self.rate))
        cutoff = self.min_cutoff + self.beta * np.abs(self._speed)
        self._value = mixed(signal, self._value, smoothing(cutoff, self.rate))
        return self._value


def smoothing(cutoff: float | np.ndarray, rate: float) -> float | np.ndarray:
    """Weight of a new sample in an exponential mean with a cut-off frequency."""
    return 1 / (1 + rate / (2 * math.pi * cutoff))


def mixed(new: np.ndarray, old: np.ndarray, weight: float | np.ndarray) -> np.ndarray:
    return weight * new + (1 - weight) * old
