"""Differences between two cells, with what seeds and faces leave open.

S seeds, N faces. Errors are arrays (S, N) of the same faces in the same order.
"""

from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95
RESAMPLES = 9999


@dataclass(frozen=True)
class Difference:
    """Mean error of a cell minus that of its baseline.

    Attributes:
        mean: Over seeds and faces; negative where the cell is better.
        low, high: Ends of its 95 % interval, see :func:`difference`.
        median: Over faces, of the difference of their means over seeds.
        face: Number of the face without which the mean changes most.
        without: The mean without that face.
    """

    mean: float
    low: float
    high: float
    median: float
    face: int
    without: float


def difference(errors: np.ndarray, baseline: np.ndarray) -> Difference:
    """Compare the errors of a cell with those of its baseline.

    The interval is a percentile bootstrap in two levels: faces are drawn with replacement, the same
    ones for both cells, and so are each cell's seeds, independently, since a seed makes two cells
    draw alike only in part. (Few seeds make it a little narrow: three drawn from three vary by
    sqrt(2 / 3) of what three others would.) One seed a cell leaves the faces alone.

    Args:
        errors: (S, N), of the cell.
        baseline: (S', N), of the baseline.

    Raises:
        ValueError: other than one row a seed, no seed, fewer than two faces, another number of
            faces in one than in the other.
    """
    errors, baseline = np.asarray(errors, float), np.asarray(baseline, float)
    shapes = errors.shape, baseline.shape
    if {len(s) for s in shapes} != {2} or shapes[0][1] != shapes[1][1] or shapes[0][1] < 2:
        raise ValueError(
            'a difference needs errors (seeds, faces) of the same two or more faces, got shapes '
            f'{shapes[0]} and {shapes[1]}'
        )
    if not shapes[0][0] or not shapes[1][0]:
        raise ValueError(f'a difference needs a seed of each cell, got shapes {shapes}')
    by_face = errors.mean(0) - baseline.mean(0)
    mean = by_face.mean()
    rng = np.random.default_rng(0)
    faces = draws(rng, len(by_face))
    resampled = [(faces @ x.T * draws(rng, len(x))).sum(1) for x in (errors, baseline)]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled[0] - resampled[1], [tail, 1 - tail])
    face = int(np.abs(by_face - mean).argmax())
    without = np.delete(by_face, face).mean()
    median = float(np.median(by_face))
    return Difference(float(mean), float(low), float(high), median, face, float(without))


def draws(rng: np.random.Generator, count: int) -> np.ndarray:
    """Weights (RESAMPLES, count), each row those of ``count`` draws with replacement."""
    return rng.multinomial(count, np.full(count, 1 / count), RESAMPLES) / count
