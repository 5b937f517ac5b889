"""UnclippedRegressionLabel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmpose.codecs import RegressionLabel
from mmpose.registry import KEYPOINT_CODECS

CODEC = KEYPOINT_CODECS.build({'type': 'UnclippedRegressionLabel', 'input_size': (64, 32)})
POINTS = np.array([[[16, 8], [-6.4, 16], [80, 40]]])


def test_known_labels_outside_too():
    encoded = CODEC.encode(POINTS)
    np.testing.assert_allclose(
        encoded['keypoint_labels'], [[[0.25, 0.25], [-0.1, 0.5], [1.25, 1.25]]], rtol=1e-6
    )
    np.testing.assert_array_equal(encoded['keypoint_weights'], [[1, 1, 1]])
    assert all(value.dtype == np.float32 for value in encoded.values())


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_inside_it_is_mmpose_s(seed):
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, [63, 31], (1, 9, 2))
    visible = rng.integers(0, 2, (1, 9)).astype(np.float32)
    ours = CODEC.encode(points, visible)
    theirs = RegressionLabel((64, 32)).encode(points, visible)
    np.testing.assert_array_equal(ours['keypoint_weights'], theirs['keypoint_weights'])
    labelled = visible > 0
    np.testing.assert_array_equal(
        ours['keypoint_labels'][labelled], theirs['keypoint_labels'][labelled]
    )
    decoded, _ = CODEC.decode(ours['keypoint_labels'])
    np.testing.assert_allclose(decoded[labelled], points[labelled], atol=1e-4)


def test_unlabelled_landmark_may_be_anything():
    points = POINTS.copy()
    points[0, 1] = np.nan
    encoded = CODEC.encode(points, np.array([[1, 0, 2]]))
    np.testing.assert_array_equal(encoded['keypoint_weights'], [[1, 0, 1]])
    np.testing.assert_array_equal(encoded['keypoint_labels'][0, 1], [0, 0])


def test_landmark_that_is_not_finite():
    with pytest.raises(ValueError, match='keypoints must be finite where labelled'):
        CODEC.encode(np.array([[[1, np.nan]]]))
