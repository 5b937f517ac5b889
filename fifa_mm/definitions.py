"""What the landmarks of a face mean: AFLW's 19, COFW's 29, 300W's 68 and WFLW's 98.

The edges of 29, 68 and 98 landmarks are those of ADNet (Huang et al., ICCV 2021; facts from
https://github.com/huangyangyu/ADNet). AFLW's 19 are not in ADNet; our choice: brows, eyes (through
the pupil), wings and tip of the nose, and mouth, all open; the chin is on none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Edge(NamedTuple):
    """Numbers of the landmarks along a curve, and whether it returns to the first."""

    landmarks: tuple[int, ...]
    closed: bool


@dataclass(frozen=True)
class Definition:
    """The landmarks of a dataset.

    Attributes:
        name: The dataset.
        eye_corners: The outer ones, left of the picture first.
        pupils: Of each eye the landmarks whose mean is the pupil.
        edges: The curves that join the landmarks.
        flip: For each landmark the one that takes its place in the mirrored face.
    """

    name: str
    eye_corners: tuple[int, int]
    pupils: tuple[tuple[int, ...], tuple[int, ...]]
    edges: tuple[Edge, ...]
    flip: tuple[int, ...]


def _run(first: int, last: int, closed: bool) -> Edge:
    """Edge through all landmarks from ``first`` to ``last``."""
    return Edge(tuple(range(first, last + 1)), closed)


def _flip(count: int, left: Iterable[int], right: Iterable[int]) -> tuple[int, ...]:
    """Exchange the landmarks of the left half of the picture for those of the right."""
    flip = list(range(count))
    for a, b in zip(left, right, strict=True):
        flip[a], flip[b] = b, a
    return tuple(flip)


AFLW = Definition(
    'AFLW',
    eye_corners=(6, 11),
    pupils=((7,), (10,)),
    edges=tuple(_run(first, first + 2, False) for first in range(0, 18, 3)),
    flip=_flip(19, (0, 1, 2, 6, 7, 8, 12, 15), (5, 4, 3, 11, 10, 9, 14, 17)),
)
COFW = Definition(
    'COFW',
    eye_corners=(8, 9),
    pupils=((16,), (17,)),
    edges=(
        Edge((0, 4, 2, 5), True),
        Edge((1, 6, 3, 7), True),
        Edge((8, 12, 10, 13), True),
        Edge((9, 14, 11, 15), False),  # as in ADNet, although the other eye is closed
        Edge((18, 20, 19, 21), True),
        Edge((22, 26, 23, 27), True),
        Edge((22, 24, 23, 25), True),
    ),
    flip=_flip(
        29, (0, 2, 4, 5, 8, 10, 12, 13, 16, 18, 22), (1, 3, 6, 7, 9, 11, 14, 15, 17, 19, 23)
    ),
)
FACE_300W = Definition(
    '300W',
    eye_corners=(36, 45),
    pupils=(tuple(range(36, 42)), tuple(range(42, 48))),
    edges=(
        _run(0, 16, False),
        _run(17, 21, False),
        _run(22, 26, False),
        _run(27, 30, False),
        _run(31, 35, False),
        _run(36, 41, True),
        _run(42, 47, True),
        _run(48, 59, True),
        _run(60, 67, True),
    ),
    flip=_flip(
        68,
        (*range(8), *range(17, 22), 31, 32, *range(36, 42), 48, 49, 50, 59, 58, 60, 61, 67),
        (*range(16, 8, -1), *range(26, 21, -1), 35, 34, 45, 44, 43, 42, 47, 46)
        + (54, 53, 52, 55, 56, 64, 63, 65),
    ),
)
WFLW = Definition(
    'WFLW',
    eye_corners=(60, 72),
    pupils=((96,), (97,)),
    edges=(
        _run(0, 32, False),
        _run(33, 41, True),
        _run(42, 50, True),
        _run(51, 54, False),
        _run(55, 59, False),
        _run(60, 67, True),
        _run(68, 75, True),
        _run(76, 87, True),
        _run(88, 95, True),
    ),
    flip=_flip(
        98,
        (*range(16), *range(33, 42), 55, 56, *range(60, 68)) + (76, 77, 78, 87, 86, 88, 89, 95, 96),
        (*range(32, 16, -1), *range(46, 41, -1), *range(50, 46, -1), 59, 58)
        + (*range(72, 67, -1), 75, 74, 73, 82, 81, 80, 83, 84, 92, 91, 93, 97),
    ),
)
DEFINITIONS = {19: AFLW, 29: COFW, 68: FACE_300W, 98: WFLW}


def facial_edges(
    num_landmarks: int, edges: Iterable[tuple[Sequence[int], bool]] | None = None
) -> tuple[Edge, ...]:
    """Edges of a face of K landmarks, checked.

    Args:
        num_landmarks: K.
        edges: Of each edge the landmarks' numbers and whether it is closed. By default those of
            ``DEFINITIONS``.

    Raises:
        ValueError: no edges known for K; an edge of fewer than two landmarks, with one outside 0 to
            K - 1, or with one twice.
    """
    if edges is None:
        if num_landmarks not in DEFINITIONS:
            raise ValueError(
                f'num_landmarks must be one of {sorted(DEFINITIONS)} or come with edges=[(numbers,'
                f' closed), ...], got {num_landmarks!r}'
            )
        return DEFINITIONS[num_landmarks].edges
    checked = tuple(Edge(tuple(landmarks), bool(closed)) for landmarks, closed in edges)
    for landmarks, _ in checked:
        if len(landmarks) < 2 or len(set(landmarks)) < len(landmarks):
            raise ValueError(f'edges must have at least 2 different landmarks, got {landmarks}')
        if not set(landmarks) <= set(range(num_landmarks)):
            raise ValueError(
                f'edges must be of landmarks 0 to {num_landmarks - 1}, got {landmarks}'
            )
    if not checked:
        raise ValueError('edges must hold at least one edge, got none')
    return checked
