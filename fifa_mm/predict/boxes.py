"""Boxes of faces, and the crop of one that a network sees.

N faces, K landmarks, (w, h) the network's input. A box is x1, y1, x2, y2 in pixels of the image. A
*face box* is the square around the tight box of a face's 68 landmarks, what detectors are corrected
to; a *training box* is what a network's data set gives for a face.
"""

from typing import NamedTuple

import cv2
import numpy as np


class Relation(NamedTuple):
    """One square box from another: centre moved by ``dx, dy`` sides, side times ``factor``."""

    dx: float = 0.0
    dy: float = 0.0
    factor: float = 1.0

    def __call__(self, boxes: np.ndarray) -> np.ndarray:
        """Squares (N, 4) from squares (N, 4)."""
        side = (boxes[:, 2:] - boxes[:, :2]).max(1, keepdims=True)
        center = (boxes[:, :2] + boxes[:, 2:]) / 2 + side * [self.dx, self.dy]
        half = self.factor * side / 2
        return np.concatenate([center - half, center + half], 1)


class TrainingBox(NamedTuple):
    """How a data set draws the box of a face: from the face box, and from its own landmarks."""

    from_face: Relation = Relation()
    from_landmarks: Relation = Relation()


# MMPose's files have the tight box of the landmarks as ``center`` and ``scale`` of 300W and WFLW,
# and SyntheticFaces follows them. COFW: medians over the 750 faces of cofw29 (29 landmarks on
# photos that have 68 too; standard deviation 0.09 to 0.12 of the side). AFLW: the two faces of
# MMPose's tests, and SyntheticFaces for its 19 landmarks inside the face box.
TRAINING_BOXES = {
    'COFWDataset': TrainingBox(Relation(0.0, 0.01, 1.12), Relation(0.0, 0.015, 1.17)),
    'AFLWDataset': TrainingBox(Relation(0.0, -0.06, 1.24), Relation(0.0, -0.07, 1.27)),
}


def training_box(dataset: str | None) -> TrainingBox:
    """The training box of a data set, by the name of its class in MMPose."""
    return TRAINING_BOXES.get(dataset or '', TrainingBox())


def square_around(points: np.ndarray) -> np.ndarray:
    """Squares (N, 4) with the centre and the longer side of the tight boxes of (N, K, 2) points."""
    low, high = points.min(1), points.max(1)
    half = (high - low).max(1, keepdims=True) / 2
    center = (low + high) / 2
    return np.concatenate([center - half, center + half], 1)


def check_boxes(boxes: np.ndarray, name: str = 'boxes') -> np.ndarray:
    """Boxes as (N, 4) float64.

    Raises:
        ValueError: another shape, a number that is not finite, or a side that is not positive.
    """
    try:
        boxes = np.asarray(boxes, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{name} must be rows of x1, y1, x2, y2: {error}') from error
    if not boxes.size:
        return np.zeros((0, 4))
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f'{name} must be rows of x1, y1, x2, y2, got shape {boxes.shape}')
    if not np.isfinite(boxes).all() or (boxes[:, 2:] <= boxes[:, :2]).any():
        bad = next(b for b in boxes if not np.isfinite(b).all() or (b[2:] <= b[:2]).any())
        raise ValueError(
            f'{name} must be finite x1, y1, x2, y2 with x1 < x2 and y1 < y2, got {bad.tolist()}'
        )
    return boxes


def crop_frame(box: np.ndarray, padding: float, size: tuple) -> tuple:
    """Centre and size (2,) in the image of the crop of a box, as MMPose's transforms draw it.

    ``GetBBoxCenterScale`` grows the box by ``padding``; ``TopdownAffine`` grows the shorter side to
    the input's aspect ratio.
    """
    center = (box[:2] + box[2:]).astype(np.float32) / 2
    width, height = (box[2:] - box[:2]).astype(np.float32) * padding
    ratio = size[0] / size[1]
    width = max(width, height * ratio)
    return center, np.array([width, width / ratio], np.float32)


def crop(image: np.ndarray, box: np.ndarray, padding: float, size: tuple) -> np.ndarray:
    """The network's input (h, w, 3) for a box, black outside the image; as ``TopdownAffine``."""
    center, scale = crop_frame(box, padding, size)
    half = scale[0] / 2
    # Three corresponding points in the precision of MMPose, so that the pixels are the same.
    source = np.array([center, center - [half, 0], center - [half, -half]], np.float32)
    middle = np.array(size, np.float32) / 2
    left = middle[0]
    target = np.array([middle, middle - [left, 0], middle - [left, -left]], np.float32)
    matrix = cv2.getAffineTransform(source, target)
    return cv2.warpAffine(image, matrix, tuple(size), flags=cv2.INTER_LINEAR)


def to_image(points: np.ndarray, box: np.ndarray, padding: float, size: tuple) -> np.ndarray:
    """Points (K, 2) in pixels of a crop in pixels of its image."""
    center, scale = crop_frame(box, padding, size)
    return (points / size * scale + center - scale / 2).astype(np.float32)
