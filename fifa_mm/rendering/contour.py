"""The contour of a face, from ear to ear, as annotators draw it."""

import numpy as np

from fifa_mm.rendering.model import Surface


def jaw_angles(surface: Surface, count: int) -> np.ndarray:
    """Angles (count,) of :meth:`Surface.outline`, in steps of equal length along the jaw line."""
    theta = np.linspace(-1.72, 1.72, 129)
    x, y, _ = surface.outline(theta[None], 0.0)
    length = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x[0]), np.diff(y[0])))])
    return np.interp(np.linspace(0, length[-1], count), length, theta)


def jaw(surface: Surface, count: int) -> np.ndarray:
    """Face contour as annotators draw it: in equal steps of the picture from ear to chin, twice.

    Args:
        surface: The head.
        count: Number of points, odd, from the left ear over the chin to the right.

    Returns:
        (count, 3) points in the head frame.
    """
    line = contour(surface, 65)
    steps = np.linalg.norm(np.diff(line @ surface.face.rotation[:2].T, axis=0), axis=1)
    length = np.concatenate([[0], np.cumsum(steps)])
    chin, ear = length[[32, 64]]
    half = np.linspace(0, 1, count // 2 + 1)
    places = np.concatenate([chin * half, chin + (ear - chin) * half[1:]])
    return np.stack([np.interp(places, length, axis) for axis in line.T], -1)


def contour(surface: Surface, count: int) -> np.ndarray:
    """The jaw line where it is seen, else the cheek before it.

    Where the head turns the jaw line away from the viewer, a point moves forward over the cheek to
    the visible edge of the face.

    Args:
        surface: The head.
        count: Number of points, from the left ear over the chin to the right.

    Returns:
        (count, 3) points in the head frame.
    """
    theta = jaw_angles(surface, count)[:, None]
    view = surface.face.rotation[2]
    eta = np.linspace(0, np.pi / 2, 25)[None]
    facing = sum(
        v * n for v, n in zip(view, surface.normal(*surface.outline(theta, eta)), strict=True)
    )
    seen = facing >= 0
    first = np.maximum(seen.argmax(1), 1)
    rows = np.arange(count)
    before, after = facing[rows, first - 1], facing[rows, first]
    hidden = ~seen[:, 0] & seen.any(1)
    share = np.where(hidden, before / np.where(hidden, before - after, 1), 0)
    edge = np.where(hidden, eta[0, first - 1] + share * eta[0, 1], 0)[:, None]
    return np.concatenate(surface.outline(theta, edge), 1)
