"""The landmarks of the synthetic face."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from fifa_mm.datasets.landmark_sets import HOSTS
from fifa_mm.datasets.synthetic import place
from fifa_mm.rendering import landmarks as curves
from fifa_mm.rendering.contour import jaw
from fifa_mm.rendering.landmarks import defined, landmarks
from fifa_mm.rendering.model import Face, Surface, sample_face
from fifa_mm.rendering.render import cast_rays

COUNTS = sorted(HOSTS)


def frontal(count):
    """Landmarks in head units, seen from the front."""
    face = Face(scale=1.0, centre=(0, 0.45))
    return landmarks(Surface(face), count)


@pytest.mark.parametrize(
    ('count', 'outer', 'inner'),
    [
        (68, (36, 45), (39, 42)),
        (98, (60, 72), (64, 68)),
        (29, (8, 9), (10, 11)),
        (19, (6, 11), (8, 9)),
    ],
)
def test_the_eye_corners_are_where_the_protocols_expect_them(count, outer, inner):
    points = frontal(count)
    assert points[list(outer)] == pytest.approx(np.array([[-0.5, 0], [0.5, 0]]), abs=2e-3)
    assert points[list(inner)] == pytest.approx(
        np.array([[-0.215, 0.018], [0.215, 0.018]]), abs=2e-3
    )


def test_all_definitions_read_the_same_face():
    p68, p98, p29, p19 = (frontal(count) for count in (68, 98, 29, 19))
    same = [
        (p68[:17], p98[:33:2]),  # contour
        (p68[17:22], p98[33:38]),  # upper edge of a brow
        (p68[27:36], p98[51:60]),  # nose
        (p68[48:68], p98[76:96]),  # mouth
        (p68[[36, 39, 42, 45]], p98[[60, 64, 68, 72]]),
        (p68[[30, 33, 48, 54, 51, 62, 66, 57, 8]], p29[[20, 21, 22, 23, 24, 25, 26, 27, 28]]),
        (p98[[96, 97, 62, 66, 70, 74]], p29[[16, 17, 12, 13, 14, 15]]),
        (p29[[8, 10, 11, 9, 18, 20, 19, 22, 23, 28]], p19[[6, 8, 9, 11, 12, 13, 14, 15, 17, 18]]),
        (p29[[2, 3]], p19[[2, 3]]),
    ]
    for one, other in same:
        assert one == pytest.approx(other)


def test_the_plain_face_is_an_average_300w_face(real_faces):
    """In a frame of eye corners, each landmark is where it is on real faces."""
    labels = json.loads((real_faces / 'faces300w/annotations/faces300w_dev.json').read_text())
    shapes = []
    for face in labels['annotations']:
        points = np.array(face['keypoints']).reshape(-1, 3)[:, :2]
        eye = points[45] - points[36]
        turn = np.array([[eye[0], eye[1]], [-eye[1], eye[0]]]) / (eye @ eye)
        shapes.append((points - (points[36] + points[45]) / 2) @ turn.T)
    distance = np.linalg.norm(np.median(shapes, 0) - frontal(68), axis=1)
    assert distance.mean() < 0.05
    assert distance.max() < 0.13


@pytest.mark.parametrize('count', COUNTS)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_a_mirrored_face_has_mirrored_landmarks(count, seed):
    """MMPose's own flip pairs, applied to the face in the mirror, give the face."""
    flip = parse_pose_metainfo(HOSTS[count].METAINFO)['flip_indices']
    rng = np.random.default_rng(seed)
    surface = Surface(sample_face(rng))
    surface = surface.placed(*place(surface, defined(surface, 98, jaw(surface, 33)), 128, rng))
    points = landmarks(surface, count)
    mirrored = landmarks(Surface(surface.face.mirror(128)), count)[list(flip)]
    assert points.shape == (count, 2)
    assert mirrored * [-1, 1] + [127, 0] == pytest.approx(points, abs=0.1)


@pytest.mark.parametrize('yaw', [-35, -15, 0, 20])
def test_contour_landmarks_on_the_far_cheek_lie_on_the_visible_edge(yaw):
    face = Face(yaw=np.deg2rad(yaw), scale=50.0, centre=(63.5, 63.5))
    surface = Surface(face)
    *_, coverage = cast_rays(surface, 128)
    points = face.project(jaw(surface, 33))
    far = slice(2, 11) if yaw < 0 else slice(22, 31)
    outward = points - face.project(surface.lift([[0, 0.35]]))
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)

    def covered(shift):
        column, row = np.round(points + shift * outward).astype(int)[far].T
        return coverage[row, column]

    assert (covered(-2.5) > 0.9).all()
    assert (covered(2.5) < 0.1).all()


@pytest.mark.parametrize('pose', [{}, {'yaw': 0.5}, {'yaw': -0.3, 'pitch': 0.2}])
def test_the_contour_has_equal_steps_in_the_picture_from_ear_to_chin(pose):
    points = Face(**pose).project(jaw(Surface(Face(**pose)), 33))
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    for half in (steps[:16], steps[16:]):
        assert half == pytest.approx(half.mean(), rel=0.05)


def test_the_near_side_keeps_to_the_jaw_line_and_the_far_one_leaves_it():
    surface = Surface(Face(yaw=0.5))
    line = np.concatenate(surface.outline(np.linspace(-1.8, 1.8, 2000)[:, None], 0.0), 1)
    gaps = np.linalg.norm(jaw(surface, 33)[:, None] - line, axis=2).min(1)
    assert gaps[:16].max() < 0.01
    assert gaps[24:30].min() > 0.2


def test_the_chin_is_the_middle_of_the_contour():
    for yaw in (0.0, 0.4):
        surface = Surface(Face(yaw=yaw))
        chin = np.concatenate(surface.outline(np.zeros((1, 1)), 0.0), 1)[0]
        assert jaw(surface, 17)[8] == pytest.approx(chin, abs=1e-3)


def test_lids_meet_when_the_eye_is_closed_and_part_when_open():
    t = np.linspace(0, 1, 9)
    upper, lower = curves.eyelids(Face(eye_open=(0.0, 1.0)), 0, t)
    assert upper == pytest.approx(lower)
    upper, lower = curves.eyelids(Face(eye_open=(0.0, 1.0)), 1, t)
    assert (lower - upper)[4, 1] > 0.08
    assert upper[[0, -1]] == pytest.approx(lower[[0, -1]])


def test_lips_are_in_order_and_part_with_the_mouth():
    for gape in (0.0, 0.25):
        top, upper, lower, bottom = curves.mouth(Face(mouth_open=gape), np.linspace(-0.8, 0.8, 9))
        assert (top[:, 1] < upper[:, 1]).all()
        assert (lower[:, 1] < bottom[:, 1]).all()
        assert (lower - upper)[4, 1] == pytest.approx(1.05 * gape)
