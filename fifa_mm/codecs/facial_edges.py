"""Facial edges: the curves that join the landmarks of a face.

Those of 29, 68 and 98 landmarks are those of ADNet (Huang et al., ICCV 2021; facts from
https://github.com/huangyangyu/ADNet). AFLW's 19 are not in ADNet; our choice: brows, eyes (through
the pupil), wings and tip of the nose, and mouth, all open; the chin is on none.
"""

from typing import NamedTuple

import numpy as np


class Edge(NamedTuple):
    """Numbers of the landmarks along a curve, and whether it returns to the first."""

    landmarks: tuple
    closed: bool


def run(first, last, closed):
    """Edge through all landmarks from ``first`` to ``last``."""
    return Edge(tuple(range(first, last + 1)), closed)


AFLW = (run(0, 2, False), run(3, 5, False), run(6, 8, False), run(9, 11, False))
AFLW += (run(12, 14, False), run(15, 17, False))
COFW = (
    Edge((0, 4, 2, 5), True),
    Edge((1, 6, 3, 7), True),
    Edge((8, 12, 10, 13), True),
    Edge((9, 14, 11, 15), False),  # as in ADNet, although the other eye is closed
    Edge((18, 20, 19, 21), True),
    Edge((22, 26, 23, 27), True),
    Edge((22, 24, 23, 25), True),
)
FACE_300W = (
    run(0, 16, False),
    run(17, 21, False),
    run(22, 26, False),
    run(27, 30, False),
    run(31, 35, False),
    run(36, 41, True),
    run(42, 47, True),
    run(48, 59, True),
    run(60, 67, True),
)
WFLW = (
    run(0, 32, False),
    run(33, 41, True),
    run(42, 50, True),
    run(51, 54, False),
    run(55, 59, False),
    run(60, 67, True),
    run(68, 75, True),
    run(76, 87, True),
    run(88, 95, True),
)
FACIAL_EDGES = {19: AFLW, 29: COFW, 68: FACE_300W, 98: WFLW}


def facial_edges(num_landmarks, edges=None):
    """Edges of a face of K landmarks, checked.

    Args:
        num_landmarks (int): K.
        edges (Sequence[tuple], optional): Of each edge the landmarks' numbers and whether it is
            closed. By default those of ``FACIAL_EDGES``.

    Returns:
        tuple[Edge]

    Raises:
        ValueError: no edges known for K; an edge of fewer than two landmarks, with one outside 0 to
            K - 1, or with one twice.
    """
    if edges is None:
        if num_landmarks not in FACIAL_EDGES:
            raise ValueError(
                f'num_landmarks must be one of {sorted(FACIAL_EDGES)} or come with edges=[(numbers,'
                f' closed), ...], got {num_landmarks!r}'
            )
        return FACIAL_EDGES[num_landmarks]
    edges = tuple(Edge(tuple(landmarks), bool(closed)) for landmarks, closed in edges)
    for landmarks, _ in edges:
        if len(landmarks) < 2 or len(set(landmarks)) < len(landmarks):
            raise ValueError(f'edges must have at least 2 different landmarks, got {landmarks}')
        if not set(landmarks) <= set(range(num_landmarks)):
            raise ValueError(
                f'edges must be of landmarks 0 to {num_landmarks - 1}, got {landmarks}'
            )
    if not edges:
        raise ValueError('edges must hold at least one edge, got none')
    return edges


def edge_membership(edges, num_landmarks):
    """Which landmark is on which edge.

    Returns:
        np.ndarray: (K, E) float32 of 0 and 1.
    """
    member = np.zeros((num_landmarks, len(edges)), np.float32)
    for number, edge in enumerate(edges):
        member[list(edge.landmarks), number] = 1
    return member
