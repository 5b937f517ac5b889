"""The curves drawn on a synthetic face, and the four landmark definitions read off them.

Curves are functions of a parameter ``t`` that return (N, 2) frontal coordinates; ``side`` is 0 for
the left of the picture, 1 for the right. K: number of landmarks.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from fifa_mm.rendering.contour import jaw
from fifa_mm.rendering.model import Face, Surface

# Where annotators put the points of a brow's upper edge and of the lids, as parameters of the
# curves: measured on the training faces of 300-W that look ahead. WFLW's lids are in equal steps.
BROW = (0, 0.2, 0.47, 0.74, 1)
LIDS_300W = ((0.31, 0.68), (0.285, 0.655))
LIDS_WFLW = ((0.25, 0.5, 0.75),) * 2


def sign(side: int) -> int:
    return 2 * side - 1


def eyelids(face: Face, side: int, t: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower lid from the outer (``t=0``) to the inner corner (``t=1``)."""
    t = np.asarray(t, float)
    x = face.eye_spacing + 0.1425 * (1 - 2 * t)
    corner = 0.018 * t - face.eye_tilt * (1 - 2 * t)
    opening = face.eye_open[side]
    arc = 4 * t * (1 - t)
    lower = corner + (0.025 + 0.015 * min(opening, 1)) * arc
    upper = lower - opening * (face.eye_height + 0.02) * arc**0.8 * (1 + 0.15 * (2 * t - 1))
    x = sign(side) * x
    return np.stack([x, upper], -1), np.stack([x, lower], -1)


def eye_middle(face: Face, side: int) -> np.ndarray:
    upper, lower = eyelids(face, side, [0.5])
    return (upper[0] + lower[0]) / 2


def pupil(face: Face, side: int) -> np.ndarray:
    """Centre of the iris."""
    return np.array([sign(side) * (face.eye_spacing - 0.008) + face.gaze[0], -0.008 + face.gaze[1]])


def brow(face: Face, side: int, t: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower edge of the eyebrow from the outer (``t=0``) to the inner end (``t=1``)."""
    t = np.asarray(t, float)
    inward = face.brow_frown * t**2
    x = face.eye_spacing + 0.305 - 0.525 * t - 0.04 * inward
    x = x + face.brow_outer * (1 - t) + face.brow_inner * t
    rise = 4 * t**0.75 * (1 - t**0.75)
    y = -0.15 - 0.04 * t - face.brow_arch * rise - face.brow_gap - face.brow_raise[side]
    y = y - 0.02 * np.sin(np.pi * t) + 0.06 * inward
    thickness = face.brow_weight * np.clip(0.12 + 2.2 * t, 0, 1) * (1 - 0.25 * t**6)
    x = sign(side) * x
    return np.stack([x, y], -1), np.stack([x, y + thickness], -1)


def nose_ridge(face: Face, t: ArrayLike) -> np.ndarray:
    """Middle line of the nose from between the eyes to the tip."""
    t = np.asarray(t, float)
    return np.stack([np.zeros_like(t), -0.025 + t * (face.nose_length + 0.025)], -1)


def nose_base(face: Face, t: ArrayLike) -> np.ndarray:
    """Lower edge of the nose from the left (``t=-1``) to the right wing."""
    t = np.asarray(t, float)
    y = face.nose_length + 0.14 - 0.055 * np.abs(t) ** 1.15
    return np.stack([face.nose_width * t, y], -1)


def nose_wing(face: Face, side: int) -> np.ndarray:
    """Outermost point of a nostril's wing."""
    return np.array([sign(side) * 1.2 * face.nose_width, face.nose_length + 0.03])


def mouth(face: Face, t: ArrayLike) -> tuple[np.ndarray, ...]:
    """Edges of the lips at ``t`` from the left (-1) to the right corner (1).

    Returns:
        Upper edge of the upper lip, the two edges of the mouth's opening, lower edge of the
        lower lip. The opening's corners lie at ``t = -0.86`` and ``0.86``.
    """
    t = np.asarray(t, float)
    smile, gape = face.smile, face.mouth_open
    half = face.mouth_width * (1 + 0.18 * smile - 0.35 * gape)
    line = face.mouth_y - (0.085 * smile - 0.35 * gape) * t**2 + 0.02 * smile * (1 - t**2)
    bow = (1 - np.abs(t) ** 1.7) * (1 - 0.28 * np.exp(-((t / 0.13) ** 2)))
    full = np.sqrt(np.clip(1 - t**2, 0, None))
    inner = np.sqrt(np.clip(1 - (t / 0.86) ** 2, 0, None))
    x = face.mouth_shift + half * t
    upper = line - 0.05 * gape * inner
    lower = line + gape * inner * (1 - 0.35 * t**2)
    edges = (
        line - 0.05 * gape * full - face.upper_lip * bow * (1 - 0.2 * abs(smile)),
        upper,
        lower,
        line + gape * full * (1 - 0.35 * t**2) + face.lower_lip * full * (1 - 0.25 * t**2),
    )
    return tuple(np.stack([x, y], -1) for y in edges)


def landmarks(surface: Surface, num_landmarks: int) -> np.ndarray:
    """Landmarks of a face under one of the four common definitions.

    Points 2k of WFLW's contour are points k of 300-W's.

    Args:
        surface: The face.
        num_landmarks: 68 (300-W), 98 (WFLW), 29 (COFW) or 19 (AFLW).

    Returns:
        (K, 2) pixels, float64.
    """
    return surface.face.project(defined(surface, num_landmarks, jaw(surface, 33)))


def defined(surface: Surface, num_landmarks: int, contour: np.ndarray) -> np.ndarray:
    """The landmarks of a definition in the head frame, (K, 3), where ``jaw(surface, 33)`` is known.

    They do not depend on the size and place of the face in the image.
    """
    inner = surface.lift(INNER_LANDMARKS[num_landmarks](surface.face))
    if num_landmarks == 98:
        return np.concatenate([contour, inner])
    if num_landmarks == 68:
        return np.concatenate([contour[::2], inner])
    return np.concatenate([inner, contour[16:17]])


def _300w(face: Face) -> np.ndarray:
    (left, _), (right, _) = (brow(face, side, BROW) for side in (0, 1))
    rest = [_nose(face), *_eyes(face, *LIDS_300W), _lips(face)]
    return np.concatenate([left, right[::-1], *rest])


def _wflw(face: Face) -> np.ndarray:
    (left, _), (right, _) = (brow(face, side, BROW) for side in (0, 1))
    (_, left_low), (_, right_low) = (brow(face, side, [0.25, 0.5, 0.75, 1]) for side in (0, 1))
    brows = [left, left_low[::-1], right[::-1], right_low]
    rest = [_nose(face), *_eyes(face, *LIDS_WFLW), _lips(face)]
    return np.concatenate([*brows, *rest, [pupil(face, 0), pupil(face, 1)]])


def _cofw(face: Face) -> np.ndarray:
    brows = [brow(face, side, [0, 0.5, 1]) for side in (0, 1)]
    eyes = [eyelids(face, side, [0, 0.5, 1]) for side in (0, 1)]
    return np.stack(
        [
            *[upper[0] for upper, _ in brows],
            *[(upper[2] + lower[2]) / 2 for upper, lower in brows],
            *[edge[1] for edges in brows for edge in edges],
            *[upper[0] for upper, _ in eyes],
            *[upper[2] for upper, _ in eyes],
            *[edge[1] for edges in eyes for edge in edges],
            *[pupil(face, side) for side in (0, 1)],
            *[nose_wing(face, side) for side in (0, 1)],
            nose_ridge(face, 1),
            nose_base(face, 0),
            *mouth(face, [-1, 1])[0],
            *mouth(face, 0),
        ]
    )


def _aflw(face: Face) -> np.ndarray:
    points = []
    for side in (0, 1):
        upper, lower = brow(face, side, [0, 0.5, 1])
        points.append(((upper + lower) / 2)[:: 1 - 2 * side])
    for side in (0, 1):
        corners, _ = eyelids(face, side, [0, 1])
        points.append([corners[side], eye_middle(face, side), corners[1 - side]])
    nose = [nose_wing(face, 0), nose_ridge(face, 1), nose_wing(face, 1)]
    left, right = mouth(face, [-1, 1])[0]
    _, upper, lower, _ = mouth(face, 0)
    return np.concatenate([*points, nose, [left, (upper + lower) / 2, right]])


def _eyes(face: Face, above: ArrayLike, below: ArrayLike) -> Iterator[np.ndarray]:
    for side in (0, 1):
        (outer, inner), _ = eyelids(face, side, [0, 1])
        upper, lower = eyelids(face, side, above)[0], eyelids(face, side, below)[1]
        if side == 0:
            yield np.concatenate([[outer], upper, [inner], lower[::-1]])
        else:
            yield np.concatenate([[inner], upper[::-1], [outer], lower])


def _nose(face: Face) -> np.ndarray:
    return np.concatenate(
        [nose_ridge(face, np.arange(4) / 3), nose_base(face, np.arange(-2, 3) / 2)]
    )


def _lips(face: Face) -> np.ndarray:
    inner = 0.86 * np.array([-1, -0.3, 0, 0.3, 1])
    top = mouth(face, [-1, -0.63, -0.25, 0, 0.25, 0.63, 1])[0]
    bottom = mouth(face, [0.65, 0.3, 0, -0.3, -0.65])[3]
    return np.concatenate([top, bottom, mouth(face, inner)[1], mouth(face, inner[3:0:-1])[2]])


INNER_LANDMARKS = {68: _300w, 98: _wflw, 29: _cofw, 19: _aflw}
