"""A user's own landmarks: points on triangles of the face, read from a JSON file.

    {"name": "cheeks",
     "points": [{"name": "left", "triangle": 8, "weights": [0.2, 0.5, 0.3], "swap": "right"},
                {"name": "right", "triangle": 40, "weights": [0.5, 0.2, 0.3], "swap": "left"}],
     "skeleton": [["left", "right"]]}

``triangle`` is a row of :data:`fifa_mm.rendering.mesh.TRIANGLES`, ``weights`` are those of its
corners, ``swap`` (optional) names the point in whose place it is in the mirrored face, and
``skeleton`` (optional) the pairs that a drawing joins. K: number of points.
"""

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from fifa_mm.checks import integer, numbers
from fifa_mm.files import read_json
from fifa_mm.rendering.mesh import TRIANGLES, vertices
from fifa_mm.rendering.model import Face, Surface

TOLERANCE = 1e-3  # of the sum of the weights


@dataclass(frozen=True)
class PointSet:
    """Points on the face.

    Attributes:
        name: What the set is called.
        names: Of the K points.
        swaps: For each point the name of its mirror image, or its own.
        triangles: (K,) rows of ``TRIANGLES``.
        weights: (K, 3) of their corners, whose sum is 1.
        skeleton: Pairs of names.
    """

    name: str
    names: tuple[str, ...]
    swaps: tuple[str, ...]
    triangles: np.ndarray
    weights: np.ndarray
    skeleton: tuple[tuple[str, str], ...] = ()

    def lifted(self, surface: Surface) -> np.ndarray:
        """The points on a face, (K, 3) in the head frame; hidden ones stay where they are."""
        corners = vertices(surface)[TRIANGLES[self.triangles]]  # (K, 3, 2)
        return surface.lift(np.einsum('kc,kcd->kd', self.weights, corners))

    def metainfo(self) -> dict[str, Any]:
        """The meta information of an MMPose dataset, as in its ``configs/_base_/datasets``."""
        info = {
            i: {'name': name, 'id': i, 'color': [255, 0, 0], 'type': '', 'swap': swap}
            for i, (name, swap) in enumerate(zip(self.names, self._other_names(), strict=True))
        }
        links = {i: {'link': pair, 'id': i} for i, pair in enumerate(self.skeleton)}
        return {
            'dataset_name': self.name,
            'keypoint_info': info,
            'skeleton_info': links,
            'joint_weights': [1.0] * len(info),
            'sigmas': [0.025] * len(info),
        }

    def _other_names(self) -> list[str]:
        return [
            '' if swap == name else swap for name, swap in zip(self.names, self.swaps, strict=True)
        ]


def read_points(path: str | PathLike) -> PointSet:
    """Read a file of points.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it has another form: a name that is missing or occurs twice, a triangle that
            the face does not have, weights outside 0 to 1 or whose sum is not 1, a swap that is
            not mutual, a skeleton of unknown points. The message names file, point and value.
    """
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get('name'), str):
        raise ValueError(f'{path} must be an object with a name and points, got {content!r:.80}')
    points = content.get('points')
    if not isinstance(points, list) or not points:
        raise ValueError(f'{path}: points must be a list of one or more, got {points!r:.80}')
    for position, point in enumerate(points):
        if not isinstance(point, dict) or not isinstance(point.get('name'), str):
            raise ValueError(f'{path}: point {position} must be an object with a name')
        try:
            _check(point)
        except ValueError as error:
            raise ValueError(f'{path}: point {point["name"]!r}: {error}') from error
    names = [point['name'] for point in points]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f'{path}: names must differ, got {sorted(twice)} more than once')
    swaps = {point['name']: point.get('swap', point['name']) for point in points}
    for name, swap in swaps.items():
        if swaps.get(swap) != name:
            raise ValueError(
                f'{path}: point {name!r}: swap must name a point whose swap it is, got {swap!r}'
            )
    skeleton = [tuple(pair) for pair in content.get('skeleton', [])]
    for pair in skeleton:
        if len(pair) != 2 or not set(pair) <= set(names):
            raise ValueError(f'{path}: skeleton must be pairs of names of points, got {pair}')
    return PointSet(
        content['name'],
        tuple(names),
        tuple(swaps.values()),
        np.array([point['triangle'] for point in points]),
        np.array([point['weights'] for point in points], float),
        tuple(skeleton),
    )


def locate(x: float, y: float) -> dict[str, Any]:
    """Triangle and weights of a place on the plain face, ``Face()``, for a file of points.

    Args:
        x, y: Frontal coordinates: the outer eye corners are (-0.5, 0) and (0.5, 0), the tip of the
            nose (0, 0.42), the chin (0, 1.32).

    Raises:
        ValueError: no triangle is there.
    """
    corners = vertices(Surface(Face()))[TRIANGLES]  # (T, 3, 2)
    edges = (corners[:, :2] - corners[:, 2:]).transpose(0, 2, 1)  # (T, 2, 2)
    flat = np.abs(np.linalg.det(edges)) < 1e-6  # of the closed mouth
    edges[flat] = np.eye(2)
    first = np.linalg.solve(edges, (np.array([x, y]) - corners[:, 2])[..., None])[..., 0]
    weights = np.column_stack([first, 1 - first.sum(1)])
    weights[flat] = -np.inf
    best = int(weights.min(1).argmax())
    if weights[best].min() < -1e-9:
        raise ValueError(f'no triangle of the face is at ({x}, {y})')
    rounded = np.round(np.maximum(weights[best], 0), 4)
    return {'triangle': best, 'weights': [float(weight) for weight in rounded]}


def _check(point: dict[str, Any]) -> None:
    """Raise ValueError unless a point has a triangle, and weights whose sum is 1."""
    triangle = integer('triangle', point.get('triangle'))
    if not 0 <= triangle < len(TRIANGLES):
        raise ValueError(f'the face has triangles 0 to {len(TRIANGLES) - 1}, got {triangle}')
    weights = numbers('weights', point.get('weights'), 3, 0, 1)
    if abs(sum(weights) - 1) > TOLERANCE:
        raise ValueError(f'the sum of weights must be 1, got {sum(weights):.4g} of {weights}')
