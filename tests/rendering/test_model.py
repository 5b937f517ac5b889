"""The geometry of the synthetic face."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from fifa_mm.rendering.model import EAR_HEIGHT, HEAD_DEPTH, Face, Surface, relief, sample_face

seeds = st.integers(0, 10**6)


def random_surface(seed):
    return Surface(sample_face(np.random.default_rng(seed)))


def test_the_plain_face_has_the_proportions_of_its_arguments():
    surface = Surface(Face())
    x, y, _ = surface.outline(np.array([[0, np.pi / 2]]), 0.0)
    assert x[0] == pytest.approx([0, 0.8])  # chin and ear: half the width
    assert y[0] == pytest.approx([EAR_HEIGHT + 1.12, EAR_HEIGHT])
    tip, cheek = surface.lift([[0, 0.42], [0.25, 0.42]])
    assert tip[2] - cheek[2] > 0.25


@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_lifted_points_lie_on_the_surface(seed):
    surface = random_surface(seed)
    points = np.random.default_rng(seed).uniform([-0.4, -0.4], [0.4, 0.6], (40, 2))
    lifted = surface.lift(points)
    assert np.array_equal(lifted[:, :2], points)
    assert surface.level(*(c[None] for c in lifted.T)) == pytest.approx(np.ones((1, 40)), abs=1e-5)


@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_normal_is_the_gradient_of_the_level(seed):
    surface = random_surface(seed)
    smooth = cv2.GaussianBlur(surface.relief, (0, 0), 3)
    surface.relief = smooth
    slopes = np.gradient(smooth, 1 / surface.SCALE)
    surface.shape = np.dstack([smooth, slopes[1], slopes[0]]).astype(np.float32)
    grid = np.random.default_rng(seed).integers([25, 40], [55, 90], (30, 2))  # grid points
    x, y = (grid / surface.SCALE + surface.ORIGIN).T
    point = [x[None], y[None], np.full((1, 30), 0.6)]
    step = 1 / surface.SCALE
    for axis, got in enumerate(surface.normal(*point)):
        ahead, behind = ([c + s * step * (i == axis) for i, c in enumerate(point)] for s in (1, -1))
        numeric = (surface.level(*ahead) - surface.level(*behind)) / (2 * step) / 2
        assert got == pytest.approx(numeric, abs=0.03)


def test_look_up_agrees_with_scipy():
    surface = Surface(Face())
    x, y = np.random.default_rng(0).uniform([-0.9, -1.2], [0.9, 1.6], (1, 50, 2)).transpose(2, 0, 1)
    position = (np.stack([y, x]) - np.array(surface.ORIGIN[::-1])[:, None, None]) * surface.SCALE
    expected = map_coordinates(surface.relief, position, order=1)
    assert surface.look_up(surface.relief, x, y) == pytest.approx(expected, abs=2e-3)


@given(angles=st.tuples(*[st.floats(-1, 1)] * 3))
def test_rotation_agrees_with_scipy(angles):
    yaw, pitch, roll = angles
    expected = Rotation.from_euler('yxz', [yaw, -pitch, roll]).as_matrix()
    assert Face(yaw=yaw, pitch=pitch, roll=roll).rotation == pytest.approx(expected)


def test_projection_of_the_pivot_and_of_a_unit():
    face = Face(scale=50, centre=(30, 40))
    points = face.project(np.array([[0, 0.45, 0.5], [1, 0.45, 0.5], [0, 1.45, 9]]))
    assert points == pytest.approx(np.array([[30, 40], [80, 40], [30, 90]]))
    assert replace(face, yaw=np.pi / 2).project(np.array([[0, 0.45, 1.5]])) == pytest.approx(
        np.array([[80, 40]])
    )


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_the_mirror_of_a_mirror_is_the_face(seed):
    face = replace(sample_face(np.random.default_rng(seed)), centre=(37.0, 50.0))
    assert face.mirror(128).mirror(128) == face
    assert face.mirror(128).yaw == -face.yaw


def test_an_open_mouth_pulls_the_chin_down():
    closed, opened = (Surface(Face(mouth_open=gape)) for gape in (0, 0.3))
    chins = [surface.outline(np.zeros((1, 1)), 0.0)[1].item() for surface in (closed, opened)]
    assert chins[1] - chins[0] == pytest.approx(0.18)
    lips = np.array([[0.0, closed.face.mouth_y + 0.15]])
    assert opened.lift(lips)[0, 2] < closed.lift(lips)[0, 2] - 0.02


def test_the_relief_is_symmetric():
    x = np.linspace(-1, 1, 21)
    table = relief(Face(), x[None], np.linspace(-1, 1.5, 30)[:, None])
    assert table == pytest.approx(table[:, ::-1])
    assert HEAD_DEPTH > table.max() > 0
