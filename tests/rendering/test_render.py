"""The picture of the synthetic face."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from fifa_mm.rendering.camera import camera
from fifa_mm.rendering.canvas import Canvas, ellipse, noise_crop
from fifa_mm.rendering.landmarks import landmarks
from fifa_mm.rendering.look import HAIRS, IRISES, SKINS, sample_look
from fifa_mm.rendering.model import EAR_HEIGHT, HEAD_DEPTH, Face, Surface
from fifa_mm.rendering.render import cast_rays, render


def egg(**pose):
    """The surface without relief: a plain ellipsoid below the ears."""
    surface = Surface(Face(scale=40.0, centre=(63.5, 63.5), **pose))
    surface.relief = np.zeros_like(surface.relief)
    surface.shape = np.zeros_like(surface.shape)
    return surface


@pytest.mark.parametrize('pose', [{}, {'yaw': 0.5}, {'pitch': -0.3, 'roll': 0.4}])
def test_rays_meet_an_ellipsoid_where_algebra_says(pose):
    surface = egg(**pose)
    face = surface.face
    x, y, z, coverage = cast_rays(surface, 128)
    inside = (coverage > 0.99) & (y > EAR_HEIGHT + 0.05)
    inside = cv2.erode(inside.astype(np.uint8), np.ones((7, 7))).astype(bool)
    axes = np.array([face.width, face.reach, HEAD_DEPTH])
    across, down, toward = face.rotation / axes
    rows, columns = np.nonzero(inside)
    origin = np.array([0, 0.45 - EAR_HEIGHT, 0.5]) / axes
    origin = (
        origin
        + ((columns - 63.5) / face.scale)[:, None] * across
        + ((rows - 63.5) / face.scale)[:, None] * down
    )
    b, c = origin @ toward, (origin**2).sum(1) - 1
    depth = (-b + np.sqrt(b**2 - (toward @ toward) * c)) / (toward @ toward)
    expected = (origin + depth[:, None] * toward) * axes + [0, EAR_HEIGHT, 0]
    got = np.stack([x, y, z], -1)[inside]
    assert len(got) > 1000
    assert np.abs(got - expected).max() < 0.02


def test_points_project_back_to_their_pixels_and_cover_the_head():
    surface = Surface(Face(yaw=0.4, roll=-0.3, scale=40.0, centre=(52.0, 50.0)))
    x, y, z, coverage = cast_rays(surface, 101)
    rows, columns = np.mgrid[:101, :101]
    pixels = surface.face.project(np.stack([x, y, z], -1).reshape(-1, 3))
    assert pixels == pytest.approx(np.stack([columns, rows], -1).reshape(-1, 2), abs=1e-3)
    column, row = landmarks(surface, 19).round().astype(int).T
    assert (
        cv2.dilate(coverage, np.ones((5, 5)))[row, column] > 0.9
    ).all()  # the chin is on the edge
    assert coverage[0, 0] == 0


def test_the_features_are_drawn_at_the_landmarks():
    face = Face(scale=60.0, centre=(79.5, 79.5), mouth_open=0.2)
    rng = np.random.default_rng(3)
    absent = dict.fromkeys(('glasses', 'hand', 'thing', 'mask', 'long_hair'), False)
    amounts = dict.fromkeys(('blur', 'beard', 'shine', 'parting'), 0.0)
    colours = {'skin': SKINS[1], 'hair': HAIRS[0], 'iris': IRISES[0], 'lips': 0.6 * SKINS[1]}
    lights = {'light': np.array([0, 0, 1]), 'light_colour': np.ones(3, np.float32) / 2}
    look = replace(sample_look(rng), **absent, **amounts, **colours, **lights)
    image = cv2.GaussianBlur(render(Surface(face), look, 160, rng), (0, 0), 0.8).astype(float)
    points = landmarks(Surface(face), 98)

    def tone(*indices):
        column, row = points[list(indices)].mean(0).round().astype(int)
        return image[row, column].mean()

    cheek = tone(60, 76)
    assert tone(96) < 0.6 * cheek  # pupil
    assert tone(35, 40) < 0.8 * cheek  # middle of the brow
    assert tone(92, 94, 88) < 0.8 * cheek  # inside the open mouth


def test_looks_differ_and_repeat():
    one, same, other = (sample_look(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(one.skin, same.skin)
    assert not np.array_equal(one.skin, other.skin)
    assert np.linalg.norm(one.light) == pytest.approx(1)


def test_polygons_are_anti_aliased_and_clipped_at_the_border():
    image = np.zeros((20, 30, 3), np.float32)
    canvas = Canvas(image, origin=(-1, -1), scale=10)
    canvas.paint([[-0.5, -0.5], [0.55, -0.5], [0.55, 0.5], [-0.5, 0.5]], [0, 100, 200])
    assert image[10, 10] == pytest.approx([0, 100, 200])
    assert 0 < image[10, 16, 1] < 100
    before = image.copy()
    canvas.paint(ellipse(9, 9, 1, 1), [255, 255, 255])
    canvas.glow(-9, 0, 1, 1, [255, 255, 255], 1)
    assert np.array_equal(image, before)


def test_a_glow_falls_off_as_a_gaussian():
    image = np.zeros((41, 41, 3), np.float32)
    Canvas(image).glow(20, 20, 8, 4, [100, 100, 100], 0.5)
    assert image[20, 20, 0] == pytest.approx(50)
    assert image[20, 28, 0] == pytest.approx(50 / np.e, rel=1e-5)
    assert image[24, 20, 0] == pytest.approx(50 / np.e, rel=1e-5)


def test_noise_is_standardised():
    tile = noise_crop(np.random.default_rng(0), 'clouds', 600, 500)
    assert tile.shape == (600, 500)
    assert tile.std() == pytest.approx(1, abs=0.15)


def test_the_camera_keeps_shape_and_blurs():
    look = type('Look', (), {'blur': 0.02, 'motion': False})
    sharp = type('Look', (), {'blur': 0.0, 'motion': False})
    board = np.kron(np.indices((16, 16)).sum(0) % 2, np.ones((4, 4)))[..., None] * np.float32(
        [200, 200, 200]
    )
    soft, hard = (camera(board, lens, np.random.default_rng(5)) for lens in (look, sharp))
    assert soft.dtype == np.uint8
    assert soft.shape == board.shape
    assert soft.std() < 0.8 * hard.std()
