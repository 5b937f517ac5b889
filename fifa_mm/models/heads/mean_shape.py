"""Mean face shape, from which coordinate regression starts.

A mean shape is (K, 2) pixels of a 256 x 256 crop: its widest side is 256 / 1.2 and the middle of
its box (128, 128), as a face in a crop 1.2 times as wide as the box of its landmarks (SLPT).
"""

from pathlib import Path
from typing import Any

import mmengine
import numpy as np
from numpy.typing import ArrayLike

from fifa_mm.files import write_array, write_json
from fifa_mm.rendering.landmarks import INNER_LANDMARKS, landmarks
from fifa_mm.rendering.model import Face, Surface

FRAME = 256  # side of the crop in pixels
CONTEXT = 1.2  # side of the crop over the widest side of the landmarks


def fit_frame(points: ArrayLike) -> np.ndarray:
    """Scale and shift landmarks so that they fill the frame.

    Args:
        points: (..., K, 2) in any unit.

    Returns:
        (..., K, 2) pixels of the 256 x 256 crop.

    Raises:
        ValueError: landmarks that are not finite or all in one place.
    """
    points = np.asarray(points, np.float64)
    if points.ndim < 2 or points.shape[-1] != 2 or 0 in points.shape:
        raise ValueError(f'points must have shape (..., K, 2), got {points.shape}')
    if not np.isfinite(points).all():
        raise ValueError('points must be finite, got NaN or infinity')
    low, high = points.min(-2, keepdims=True), points.max(-2, keepdims=True)
    side = (high - low).max(-1, keepdims=True)
    if not (side > 0).all():
        raise ValueError('points must not all lie in one place, got a face without extent')
    return FRAME / 2 + (points - (low + high) / 2) * (FRAME / CONTEXT / side)


def mean_shape(faces: ArrayLike) -> np.ndarray:
    """Mean shape of faces, each framed by its own landmarks first; in-plane rotation stays.

    Args:
        faces: (N, K, 2) in any unit.

    Returns:
        (K, 2) pixels of the 256 x 256 crop.

    Raises:
        ValueError: no face, or one that has no extent or is not finite.
    """
    faces = np.asarray(faces, np.float64)
    if faces.ndim != 3 or not len(faces):
        raise ValueError(f'faces must have shape (N, K, 2) with N > 0, got {faces.shape}')
    return fit_frame(fit_frame(faces).mean(0))


def annotated_mean_shape(annotations: Any) -> tuple[np.ndarray, int]:
    """Mean shape of the faces of an annotation file all of whose landmarks are labelled.

    Args:
        annotations: Training faces.

    Returns:
        mean shape (K, 2), and the number of faces it was computed from.

    Raises:
        ValueError: no such face, or numbers of landmarks that differ.
    """
    faces = [annotations.landmarks(face_id) for face_id in annotations.faces]
    complete = [points for points, visible in faces if len(points) and (visible > 0).all()]
    if not complete:
        raise ValueError(
            f'{annotations.path}: none of {len(faces)} faces has all its landmarks labelled'
        )
    counts = {len(points) for points in complete}
    if len(counts) > 1:
        raise ValueError(
            f'{annotations.path}: faces have {sorted(counts)} landmarks, not one number'
        )
    return mean_shape(complete), len(complete)


def save_mean_shape(shape: np.ndarray, path: str | Path) -> None:
    """Write a mean shape as ``.npy`` or ``.json``."""
    path = check_suffix(path)
    if path.suffix == '.json':
        return write_json(path, shape)
    write_array(path, shape)


def load_mean_shape(source: str | Path | ArrayLike, num_landmarks: int) -> np.ndarray:
    """A mean shape by its source.

    Args:
        source: File of ``fifa_mm mean-shape``, the landmarks themselves, or
            ``'synthetic'``: the frontal, neutral face of :class:`fifa_mm.SyntheticFaces`, for
            19, 29, 68 and 98 landmarks.
        num_landmarks: K.

    Returns:
        (K, 2) pixels of the 256 x 256 crop.

    Raises:
        ValueError: an unknown source, or landmarks that are not K points of the crop.
        FileNotFoundError: no such file; says how to make it.
    """
    if isinstance(source, str) and source == 'synthetic':
        return synthetic_mean_shape(num_landmarks)
    if isinstance(source, str | Path):
        path = check_suffix(source)
        if not path.is_file():
            raise FileNotFoundError(
                f'mean_shape: no file {path}; make it from the training annotations with '
                f'`fifa_mm mean-shape ANN.json --out {path}`, or take '
                "mean_shape='synthetic'"
            )
        source = np.load(path) if path.suffix == '.npy' else mmengine.load(path)
    try:
        shape = np.array(source, np.float64)
    except (TypeError, ValueError):
        raise ValueError(f'mean_shape must be numbers of shape (K, 2), got {source!r}') from None
    if shape.shape != (num_landmarks, 2):
        raise ValueError(f'mean_shape must have shape ({num_landmarks}, 2), got {shape.shape}')
    if not ((shape >= 0) & (shape <= FRAME)).all():
        raise ValueError(
            f'mean_shape must lie in the crop, 0 to {FRAME} pixels, got values from '
            f'{shape.min()} to {shape.max()}'
        )
    return shape


def synthetic_mean_shape(num_landmarks: int) -> np.ndarray:
    """The frontal, neutral face of the rendered dataset as a mean shape, (K, 2)."""
    if num_landmarks not in INNER_LANDMARKS:
        raise ValueError(
            f"mean_shape='synthetic' is there for {sorted(INNER_LANDMARKS)} landmarks, got "
            f'{num_landmarks}: give a file of fifa_mm mean-shape or the landmarks'
        )
    return fit_frame(landmarks(Surface(Face()), num_landmarks))


def check_suffix(path: str | Path) -> Path:
    """``path`` as a Path that ends in .npy or .json."""
    path = Path(path)
    if path.suffix not in ('.npy', '.json'):
        raise ValueError(
            f"mean_shape must be 'synthetic' or end in .npy or .json, got {str(path)!r}"
        )
    return path
