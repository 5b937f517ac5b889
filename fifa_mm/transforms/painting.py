"""Patches on landmarks: when, how large, and how they are painted. Pure functions.

N instances, K landmarks, H and W image height and width in pixels.
"""

import bisect
import functools
import itertools

import numpy as np

ORDERS = ('shrink', 'grow', 'random', 'constant')
FILLS = ('mean', 'noise')


def stage_lengths(patch_size, interval):
    """Epochs of each of the ``patch_size`` stages.

    Args:
        patch_size (int): Side of the largest patch in pixels, at least 1 (paper: n).
        interval (int | Sequence[int]): Epochs of every stage, or one length a stage (paper: E_i).

    Raises:
        ValueError: a patch size or length below 1, or another number of lengths than stages.
    """
    if not isinstance(patch_size, (int, np.integer)) or patch_size < 1:
        raise ValueError(f'patch_size must be an integer of at least 1, got {patch_size!r}')
    lengths = list(interval) if np.iterable(interval) else [interval] * patch_size
    if len(lengths) != patch_size:
        raise ValueError(
            f'interval must have one length for each of the {patch_size} patch sizes, '
            f'got {len(lengths)}: {interval!r}'
        )
    if not all(isinstance(e, (int, np.integer)) and e >= 1 for e in lengths):
        raise ValueError(f'interval must be whole epochs of at least 1, got {interval!r}')
    return lengths


def patch_side(epoch, patch_size=5, interval=5, order='shrink', rng=None):
    """Side of the patches in an epoch (paper: Alg. 1 and Eq. 6).

    Args:
        epoch (int): Epoch counted from 0.
        patch_size (int): Side of the largest patch in pixels (paper: n, best at 5).
        interval (int | Sequence[int]): Epochs of every stage, or one length a stage in the order in
            which they run (paper: E_i, from 1 to n).
        order (str): ``'shrink'`` from ``patch_size`` to 1 (the paper). Not in the paper: ``'grow'``
            from 1 to ``patch_size``; ``'constant'``, ``patch_size`` in every stage; ``'random'``,
            drawn from 1 to ``patch_size`` for every sample.
        rng (numpy.random.Generator, optional): Drawn from by ``'random'`` alone.

    Returns:
        int: Side in pixels; 0 when every stage is over.

    Raises:
        ValueError: an argument outside its range.
    """
    lengths = stage_lengths(patch_size, interval)
    if order not in ORDERS:
        raise ValueError(f'order must be one of {ORDERS}, got {order!r}')
    if epoch < 0:
        raise ValueError(f'epoch must be at least 0, got {epoch!r}')
    stage = bisect.bisect(list(itertools.accumulate(lengths)), epoch)
    if stage == patch_size:
        return 0
    if order == 'random':
        check_generator(rng, order)
        return int(rng.integers(1, patch_size + 1))
    return {'shrink': patch_size - stage, 'grow': stage + 1, 'constant': patch_size}[order]


def scaled_side(side, image_shape, reference_size=None):
    """A side meant for inputs of ``reference_size`` pixels, on an image of shape (H, W, ...).

    Returns:
        int: ``side`` times the longer side of the image over ``reference_size``, rounded half up,
        at least 1; without a reference, or for side 0, ``side`` itself.
    """
    if not side or reference_size is None:
        return side
    return max(1, int(side * max(image_shape[:2]) / reference_size + 0.5))


def check_options(patch_size, interval, order, fill, reference_size):
    """Raise ValueError, naming the argument, unless the options of a schedule are valid."""
    stage_lengths(patch_size, interval)
    check_fill(fill)
    if order not in ORDERS:
        raise ValueError(f'order must be one of {ORDERS}, got {order!r}')
    if reference_size is not None and reference_size <= 0:
        raise ValueError(f'reference_size must be above 0, got {reference_size!r}')


def paint_patches(image, keypoints, side, visible=None, fill=0, rng=None):
    """A copy of the image with a square on every labelled landmark.

    A patch covers exactly ``side`` columns, the first at ``ceil(x - side / 2)``, and as many rows,
    clipped to the image (paper: Alg. 1, whose corners are at w/2; Eq. 5 would give twice the side).

    Args:
        image (numpy.ndarray): (H, W, 3), any numeric type; not modified.
        keypoints (numpy.ndarray): (..., K, 2) x and y in pixels; parts outside the image are cut.
        side (int): Side of the patches in pixels, at least 0.
        visible (numpy.ndarray, optional): (..., K); landmarks with 0, unlabelled, get no patch.
        fill (float | Sequence[float] | str): Grey value, colour in the image's channel order,
            ``'mean'`` (mean colour of the image) or ``'noise'`` (uniform in 0-255, for
            floating-point images between the image's extremes).
        rng (numpy.random.Generator, optional): Drawn from by ``'noise'`` alone.

    Returns:
        numpy.ndarray: (H, W, 3) of the image's type.

    Raises:
        ValueError: another image shape, a labelled landmark that is not finite, a visibility of
            another shape than the landmarks, a negative side, an unknown fill.
    """
    check_image(image)
    check_fill(fill)
    if side < 0:
        raise ValueError(f'side must be at least 0, got {side!r}')
    points = labelled_points(keypoints, visible)
    painted = np.array(image, order='C')
    if side == 0 or not len(points):
        return painted
    if isinstance(fill, str) and fill == 'noise':
        check_generator(rng, fill)
        mask = _paint(np.zeros(image.shape[:2], bool), points, side, (True,))
        integer = np.issubdtype(image.dtype, np.integer)
        low, high = (0, 256) if integer else (image.min(), image.max())
        painted[mask] = rng.uniform(low, high, (np.count_nonzero(mask), 3)).astype(image.dtype)
        return painted
    if isinstance(fill, str):
        fill = image.mean(axis=(0, 1), dtype=float)
    colour = (float(fill),) * 3 if np.ndim(fill) == 0 else tuple(fill)
    return _paint(painted, points, side, colour)


def check_image(image):
    """Raise ValueError unless the image is an (H, W, 3) array."""
    if not isinstance(image, np.ndarray):
        raise ValueError(
            f'img must be a numpy array of shape (H, W, 3), got {type(image).__name__}'
        )
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f'img must have shape (H, W, 3), got {image.shape}')


def check_fill(fill):
    """Raise ValueError unless ``fill`` is a grey value, a colour, 'mean' or 'noise'."""
    if isinstance(fill, str):
        valid = fill in FILLS
    else:
        valid = np.shape(fill) in [(), (3,)] and np.issubdtype(np.asarray(fill).dtype, np.number)
        valid = valid and np.isfinite(fill).all()
    if not valid:
        raise ValueError(
            f'fill must be a finite number, a colour of three or one of {FILLS}, got {fill!r}'
        )


def check_generator(rng, option):
    """Raise ValueError unless there is a generator for an option that draws."""
    if rng is None:
        raise ValueError(f'rng must be a numpy.random.Generator for {option!r}, got None')


def labelled_points(keypoints, visible=None):
    """(M, 2) coordinates of the labelled landmarks. Raises as :func:`paint_patches` says."""
    keypoints = np.asarray(keypoints)
    if keypoints.ndim < 2 or keypoints.shape[-1] < 2:
        raise ValueError(f'keypoints must have shape (..., K, 2), got {keypoints.shape}')
    points = keypoints[..., :2].reshape(-1, 2)
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
def _row_of_patch(colour, side, dtype):
    """``side`` pixels of a colour (a tuple) side by side, read-only (side * C,)."""
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        if min(colour) < limits.min or max(colour) > limits.max:
            raise ValueError(f'fill must be from {limits.min} to {limits.max}, got {colour}')
        colour = np.rint(colour)
    row = np.tile(np.asarray(colour, dtype), side)
    row.setflags(write=False)
    return row


def _paint(image, points, side, colour):
    """Paint into ``image``, C-contiguous (H, W) or (H, W, C), in place; ``colour`` is a C-tuple."""
    height, width = image.shape[:2]
    row_of_patch = _row_of_patch(colour, side, image.dtype)
    with np.errstate(invalid='ignore'):  # a landmark beyond any integer is outside the image
        starts = np.ceil(points - side / 2).astype(np.intp)
    limits = np.array([width - side, height - side])
    inside = (starts >= 0) & (starts <= limits)
    if not inside.all():
        inside = inside.all(axis=1)
        _paint_clipped(image, starts[~inside], side, row_of_patch)
        starts = starts[inside]
    if len(starts):
        columns, rows = starts.T
        _windows(image, side)[rows, columns] = row_of_patch
    return image


def _windows(image, side):
    """The windows of an image as a view (rows, columns, side, side * C).

    It is NumPy's ``sliding_window_view`` with the last two axes merged, which assigns in a third of
    the time.
    """
    height, width = image.shape[:2]
    down, right = image.strides[:2]
    shape = (height - side + 1, width - side + 1, side, side * right // image.itemsize)
    return np.ndarray(shape, image.dtype, image, 0, (down, right, down, image.itemsize))


def _paint_clipped(image, starts, side, row_of_patch):
    """Paint the parts in the image of patches that begin at ``starts`` (M, 2)."""
    colour = row_of_patch[: len(row_of_patch) // side]
    for column, row in starts.tolist():
        image[max(row, 0) : max(row + side, 0), max(column, 0) : max(column + side, 0)] = colour
