"""Patches on landmarks, painted. Pure functions.

N instances, K landmarks, H and W image height and width in pixels.
"""

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from fifa_mm.checks import choice, integer, number
from fifa_mm.focus.schedule import ORDERS, check_generator, stage_lengths

FILLS = ('mean', 'noise')
Fill = float | Sequence[float] | str


def check_options(
    patch_size: int,
    interval: int | Sequence[int],
    order: str,
    fill: Fill,
    reference_size: float | None,
) -> None:
    """Raise ValueError, naming the argument, unless the options of a transform are valid."""
    stage_lengths(patch_size, interval)
    check_fill(fill)
    choice('order', order, ORDERS)
    number('reference_size', reference_size, above=0, optional=True)


def paint_patches(
    image: np.ndarray,
    keypoints: ArrayLike,
    side: int,
    visible: ArrayLike | None = None,
    fill: Fill = 0,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """A copy of the image with a square on every labelled landmark.

    A patch covers exactly ``side`` columns, the first at ``ceil(x - side / 2)``, and as many rows,
    clipped to the image (paper: Alg. 1, whose corners are at w/2; Eq. 5 would give twice the side).

    Args:
        image: (H, W, 3), any numeric type; not modified.
        keypoints: (..., K, 2) x and y in pixels; parts outside the image are cut.
        side: Side of the patches in pixels, at least 0.
        visible: (..., K); landmarks with 0, unlabelled, get no patch.
        fill: Grey value, colour in the image's channel order,
            ``'mean'`` (mean colour of the image) or ``'noise'`` (uniform in 0-255, for
            floating-point images between the image's extremes).
        rng: Drawn from by ``'noise'`` alone.

    Returns:
        (H, W, 3) of the image's type.

    Raises:
        ValueError: another image shape, a labelled landmark that is not finite, a visibility of
            another shape than the landmarks, a negative side, an unknown fill.
    """
    check_image(image)
    check_fill(fill)
    integer('side', side, 0)
    points = labelled_points(keypoints, visible)
    painted = np.array(image, order='C')
    if side == 0 or not len(points):
        return painted
    if isinstance(fill, str) and fill == 'noise':
        rng = check_generator(rng, fill)
        mask = _paint(np.zeros(image.shape[:2], bool), points, side, (True,))
        whole = np.issubdtype(image.dtype, np.integer)
        low, high = (0, 256) if whole else (image.min(), image.max())
        painted[mask] = rng.uniform(low, high, (np.count_nonzero(mask), 3)).astype(image.dtype)
        return painted
    if isinstance(fill, str):
        return _paint(painted, points, side, tuple(image.mean(axis=(0, 1), dtype=float)))
    colour = (
        (float(fill),) * 3 if isinstance(fill, float | int) else tuple(np.broadcast_to(fill, 3))
    )
    return _paint(painted, points, side, colour)


def check_image(image: np.ndarray) -> None:
    """Raise ValueError unless the image is an (H, W, 3) array."""
    if not isinstance(image, np.ndarray):
        raise ValueError(
            f'img must be a numpy array of shape (H, W, 3), got {type(image).__name__}'
        )
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f'img must have shape (H, W, 3), got {image.shape}')


def check_fill(fill: Fill) -> None:
    """Raise ValueError unless ``fill`` is a grey value, a colour, 'mean' or 'noise'."""
    if isinstance(fill, str):
        valid = fill in FILLS
    else:
        numeric = np.issubdtype(np.asarray(fill).dtype, np.number)
        valid = np.shape(fill) in [(), (3,)] and numeric and bool(np.isfinite(fill).all())
    if not valid:
        raise ValueError(
            f'fill must be a finite number, a colour of three or one of {FILLS}, got {fill!r}'
        )


def labelled_points(keypoints: ArrayLike, visible: ArrayLike | None = None) -> np.ndarray:
    """(M, 2) coordinates of the labelled landmarks. Raises as :func:`paint_patches` says."""
    keypoints = np.asarray(keypoints)
    if keypoints.ndim < 2 or keypoints.shape[-1] < 2:
        raise ValueError(f'keypoints must have shape (..., K, 2), got {keypoints.shape}')
    points: np.ndarray = keypoints[..., :2].reshape(-1, 2)
    if visible is not None:
        visible = np.asarray(visible)
        if visible.shape != keypoints.shape[:-1]:
            raise ValueError(
                'visible must have one value a landmark, shape '
                f'{keypoints.shape[:-1]}, got {visible.shape}'
            )
        if not (labelled := visible.reshape(-1) > 0).all():
            points = points[labelled]
    if not (finite := np.isfinite(points)).all():
        worst = int(np.argmin(finite.all(axis=1)))
        raise ValueError(f'labelled landmark {worst} must be finite, got {points[worst].tolist()}')
    return points


@functools.lru_cache
def _row_of_patch(colour: tuple, side: int, dtype: np.dtype) -> np.ndarray:
    """``side`` pixels of a colour (a tuple) side by side, read-only (side * C,)."""
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        if min(colour) < limits.min or max(colour) > limits.max:
            raise ValueError(f'fill must be from {limits.min} to {limits.max}, got {colour}')
        colour = tuple(np.rint(colour))
    row = np.tile(np.asarray(colour, dtype), side)
    row.setflags(write=False)
    return row


def _paint(image: np.ndarray, points: np.ndarray, side: int, colour: tuple) -> np.ndarray:
    """Paint into ``image``, C-contiguous (H, W) or (H, W, C), in place; ``colour`` is a C-tuple."""
    height, width = image.shape[:2]
    row_of_patch = _row_of_patch(colour, side, image.dtype)
    with np.errstate(invalid='ignore'):  # a landmark beyond any integer is outside the image
        starts = np.ceil(points - side / 2).astype(np.intp)
    limits = np.array([width - side, height - side])
    fits = (starts >= 0) & (starts <= limits)
    if not fits.all():
        inside = fits.all(axis=1)
        _paint_clipped(image, starts[~inside], side, row_of_patch)
        starts = starts[inside]
    if len(starts):
        columns, rows = starts.T
        _windows(image, side)[rows, columns] = row_of_patch
    return image


def _windows(image: np.ndarray, side: int) -> np.ndarray:
    """The windows of an image as a view (rows, columns, side, side * C).

    It is NumPy's ``sliding_window_view`` with the last two axes merged, which assigns in a third of
    the time.
    """
    height, width = image.shape[:2]
    down, right = image.strides[:2]
    shape = (height - side + 1, width - side + 1, side, side * right // image.itemsize)
    return np.ndarray(shape, image.dtype, image, 0, (down, right, down, image.itemsize))


def _paint_clipped(
    image: np.ndarray, starts: np.ndarray, side: int, row_of_patch: np.ndarray
) -> None:
    """Paint the parts in the image of patches that begin at ``starts`` (M, 2)."""
    colour = row_of_patch[: len(row_of_patch) // side]
    for column, row in starts.tolist():
        image[max(row, 0) : max(row + side, 0), max(column, 0) : max(column + side, 0)] = colour
