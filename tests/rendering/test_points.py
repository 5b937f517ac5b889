"""Own points on the triangles of the face."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from fifa_mm.rendering.landmarks import landmarks
from fifa_mm.rendering.mesh import TRIANGLES, vertices
from fifa_mm.rendering.model import Face, Surface, sample_face
from fifa_mm.rendering.points import locate, read_points

SHIPPED = Path(__file__).resolve().parents[2] / 'configs/pretrain/motion_capture.json'
GOOD = {
    'name': 'pair',
    'points': [
        {'name': 'left', 'triangle': 8, 'weights': [0.2, 0.5, 0.3], 'swap': 'right'},
        {'name': 'right', 'triangle': 40, 'weights': [0.5, 0.2, 0.3], 'swap': 'left'},
    ],
    'skeleton': [['left', 'right']],
}


def written(folder, content):
    path = folder / 'points.json'
    path.write_text(json.dumps(content))
    return path


def test_the_triangles_cover_the_face_once():
    """They overlap nowhere, and leave out the opening of the mouth alone."""
    corners = vertices(Surface(Face(mouth_open=0.12)))[TRIANGLES]
    x, y = corners[..., 0], corners[..., 1]
    areas = (
        (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    ) / 2
    assert (areas > 0).all() or (areas < 0).all()
    assert TRIANGLES.max() == 106
    points = np.random.default_rng(0).uniform([-0.6, -0.4], [0.6, 0.6], (300, 2))
    edges = (corners[:, :2] - corners[:, 2:]).transpose(0, 2, 1)
    first = np.einsum('tij,tnj->tni', np.linalg.inv(edges), points[None] - corners[:, None, 2])
    inside = (first > 0).all(-1) & (first.sum(-1) < 1)
    assert (inside.sum(0) == 1).all()


def test_a_corner_is_the_landmark_of_wflw(tmp_path):
    """The tip of the nose is landmark 54."""
    triangle = next(i for i, row in enumerate(TRIANGLES) if 54 in row)
    weights = [float(vertex == 54) for vertex in TRIANGLES[triangle]]
    tip = {'name': 'tip', 'triangle': triangle, 'weights': weights}
    points = read_points(written(tmp_path, {'name': 'tip', 'points': [tip]}))
    surface = Surface(sample_face(np.random.default_rng(3)))
    assert surface.face.project(points.lifted(surface)) == pytest.approx(
        landmarks(surface, 98)[[54]], abs=1e-6
    )


@given(seed=st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_points_lie_on_the_surface_and_swap_in_the_mirror(seed):
    points = read_points(SHIPPED)
    flip = list(parse_pose_metainfo(points.metainfo())['flip_indices'])
    face = sample_face(np.random.default_rng(seed))
    surface, mirrored = Surface(face), Surface(face.mirror(128))
    lifted = points.lifted(surface)
    assert surface.level(*(c[None] for c in lifted.T)) == pytest.approx(np.ones((1, 32)), abs=0.01)
    other = mirrored.face.project(points.lifted(mirrored))[flip]
    assert other * [-1, 1] + [127, 0] == pytest.approx(face.project(lifted), abs=0.1)


@given(x=st.floats(-0.6, 0.6), y=st.floats(-0.4, 0.6))
@settings(max_examples=25, deadline=None)
def test_a_place_found_is_where_it_was_looked_for(x, y):
    found = locate(x, y)
    corners = vertices(Surface(Face()))[TRIANGLES[found['triangle']]]
    assert found['weights'] @ corners == pytest.approx([x, y], abs=1e-3)


def test_no_triangle_beside_the_face():
    with pytest.raises(ValueError, match=r'no triangle of the face is at \(2, 0\)'):
        locate(2, 0)


@pytest.mark.parametrize(
    ('keys', 'value', 'message'),
    [
        (('name',), 5, 'must be an object with a name and points'),
        (('points',), [], 'points must be a list of one or more'),
        (('points', 0, 'name'), None, 'point 0 must be an object with a name'),
        (('points', 0, 'triangle'), 166, "point 'left': the face has triangles 0 to 165, got 166"),
        (('points', 0, 'triangle'), -1, "point 'left': the face has triangles 0 to 165, got -1"),
        (('points', 0, 'triangle'), 'cheek', "point 'left': triangle must be an integer"),
        (
            ('points', 1, 'weights'),
            [0.5, 0.5, 0.5],
            "'right': the sum of weights must be 1, got 1.5",
        ),
        (('points', 1, 'weights'), [1.5, -0.5, 0], 'weights must be 3 numbers from 0 to 1'),
        (('points', 1, 'weights'), [0.5, 0.5], 'weights must be 3 numbers from 0 to 1'),
        (('points', 1, 'swap'), 'nose', "'left': swap must name a point whose swap it is"),
        (('points', 1, 'name'), 'left', r"names must differ, got \['left'\] more than once"),
        (('skeleton',), [['left', 'nose']], 'skeleton must be pairs of names of points'),
    ],
)
def test_bad_files_are_named(tmp_path, keys, value, message):
    content = copy.deepcopy(GOOD)
    place = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path = written(tmp_path, content)
    with pytest.raises(ValueError, match=message) as caught:
        read_points(path)
    assert str(caught.value).startswith(str(path))
