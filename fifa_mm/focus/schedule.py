"""When patches are painted and how large they are. Pure functions."""

import bisect
import itertools
from collections.abc import Sequence

import numpy as np

from fifa_mm.checks import choice, integer, integers

ORDERS = ('shrink', 'grow', 'random', 'constant')


def stage_lengths(patch_size: int, interval: int | Sequence[int]) -> list[int]:
    """Epochs of each of the ``patch_size`` stages.

    Args:
        patch_size: Side of the largest patch in pixels, at least 1 (paper: n).
        interval: Epochs of every stage, or one length a stage (paper: E_i).

    Raises:
        ValueError: a patch size or length below 1, or another number of lengths than stages.
    """
    integer('patch_size', patch_size, 1)
    if not np.iterable(interval):
        return [integer('interval', interval, 1)] * patch_size
    lengths = integers('interval', interval, low=1)
    if len(lengths) != patch_size:
        raise ValueError(
            f'interval must have one length for each of the {patch_size} patch sizes, '
            f'got {len(lengths)}: {interval!r}'
        )
    return list(lengths)


def patch_side(
    epoch: int,
    patch_size: int = 5,
    interval: int | Sequence[int] = 5,
    order: str = 'shrink',
    rng: np.random.Generator | None = None,
) -> int:
    """Side of the patches in an epoch (paper: Alg. 1 and Eq. 6).

    Args:
        epoch: Epoch counted from 0.
        patch_size: Side of the largest patch in pixels (paper: n, best at 5).
        interval: Epochs of every stage, or one length a stage in the order in which they run
            (paper: E_i, from 1 to n).
        order: ``'shrink'`` from ``patch_size`` to 1 (the paper). Not in the paper: ``'grow'``
            from 1 to ``patch_size``; ``'constant'``, ``patch_size`` in every stage; ``'random'``,
            drawn from 1 to ``patch_size`` for every sample.
        rng: Drawn from by ``'random'`` alone.

    Returns:
        Side in pixels; 0 when every stage is over.

    Raises:
        ValueError: an argument outside its range.
    """
    lengths = stage_lengths(patch_size, interval)
    choice('order', order, ORDERS)
    integer('epoch', epoch, 0)
    stage = bisect.bisect(list(itertools.accumulate(lengths)), epoch)
    if stage == patch_size:
        return 0
    if order == 'random':
        return int(check_generator(rng, order).integers(1, patch_size + 1))
    return {'shrink': patch_size - stage, 'grow': stage + 1, 'constant': patch_size}[order]


def scaled_side(side: int, image_shape: Sequence[int], reference_size: float | None = None) -> int:
    """A side meant for inputs of ``reference_size`` pixels, on an image of shape (H, W, ...).

    Returns:
        ``side`` times the longer side of the image over ``reference_size``, rounded half up,
        at least 1; without a reference, or for side 0, ``side`` itself.
    """
    if not side or reference_size is None:
        return side
    return max(1, int(side * max(image_shape[:2]) / reference_size + 0.5))


def check_generator(rng: np.random.Generator | None, option: str) -> np.random.Generator:
    """The generator for an option that draws; ValueError if there is none."""
    if rng is None:
        raise ValueError(f'rng must be a numpy.random.Generator for {option!r}, got None')
    return rng
