"""LandmarkBox."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmpose.datasets.transforms import GetBBoxCenterScale
from mmpose.registry import TRANSFORMS

from fifa_mm import JitterBox, LandmarkBox
from fifa_mm.transforms.evaluation_box import with_box

POINTS = np.array([[[10, 20], [50, 30], [30, 40]]], np.float32)
BOX = {'bbox': np.array([[0, 0, 7, 9]], np.float32)}


def test_known_box_in_the_place_of_both_forms():
    for earlier in (BOX, {'bbox_center': np.ones((1, 2)), 'bbox_scale': np.ones((1, 2))}):
        results = LandmarkBox()({**earlier, 'keypoints': POINTS})
        np.testing.assert_array_equal(results['bbox_center'], [[30, 30]])
        np.testing.assert_array_equal(results['bbox_scale'], [[40, 40]])
        wider = GetBBoxCenterScale(padding=1.2)(results)
        np.testing.assert_allclose(wider['bbox_scale'], [[48, 48]])


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 100), st.floats(-1e3, 1e3))
def test_box_follows_the_face(seed, scale, shift):
    points = np.random.default_rng(seed).uniform(0, 100, (1, 7, 2))
    first, second = (LandmarkBox()({'keypoints': p}) for p in (points, scale * points + shift))
    for key, expected in (
        ('bbox_center', scale * first['bbox_center'] + shift),
        ('bbox_scale', scale * first['bbox_scale']),
    ):
        np.testing.assert_allclose(second[key], expected, rtol=1e-3, atol=1e-2)
    low, high = (first['bbox_center'] + sign * first['bbox_scale'] / 2 for sign in (-1, 1))
    assert ((points >= low - 1e-3) & (points <= high + 1e-3)).all()


@pytest.mark.parametrize('visible', [[[1, 1, 1, 0]], [[[1, 1], [1, 1], [2, 1], [0, 1]]]])
def test_unlabelled_landmarks_do_not_count(visible):
    points = np.concatenate([POINTS, [[[np.nan, 900]]]], 1)
    results = LandmarkBox()({'keypoints': points, 'keypoints_visible': np.array(visible)})
    np.testing.assert_array_equal(results['bbox_scale'], [[40, 40]])


def test_without_landmarks_the_box_stays():
    results = LandmarkBox()(dict(BOX))
    assert results == BOX


@pytest.mark.parametrize(
    ('points', 'message'),
    [
        (np.full((1, 3, 2), 5), 'two labelled landmarks in different places'),
        (np.empty((1, 0, 2)), 'two labelled landmarks in different places'),
        ([[[1, 2], [np.inf, 3]]], 'finite where labelled'),
    ],
)
def test_bad_landmarks(points, message):
    with pytest.raises(ValueError, match=message):
        LandmarkBox()({'keypoints': points})


def test_another_box_in_evaluation_comes_after_it():
    pipeline = [{'type': t} for t in ('LoadImage', 'LandmarkBox', 'GetBBoxCenterScale')]
    changed = with_box({'type': 'SyntheticFaces', 'pipeline': pipeline}, 'jitter')['pipeline']
    types = [step['type'].removeprefix('fifa_mm.') for step in changed]
    assert types == ['LoadImage', 'LandmarkBox', 'JitterBox', 'GetBBoxCenterScale']
    face = {'id': 3, 'keypoints': POINTS, **BOX}
    for step in changed[1:3]:
        face = TRANSFORMS.build(step)(face)
    expected = JitterBox()(LandmarkBox()({'id': 3, 'keypoints': POINTS, **BOX}))
    np.testing.assert_array_equal(face['bbox_center'], expected['bbox_center'])
    assert (face['bbox_center'] != [[30, 30]]).any()
