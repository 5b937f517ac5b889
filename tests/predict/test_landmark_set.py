"""One of the definitions whose landmarks a network predicts."""

import numpy as np
import pytest

from fifa_mm.predict import FacePipeline
from fifa_mm.predict.landmark_set import LandmarkSet

CROPS = np.zeros((2, 16, 32, 3), np.uint8)


@pytest.fixture
def both(corners):
    """One landmark of one definition, then two of another."""
    corners.sets = (1, 2)
    return corners


def test_each_has_its_own_landmarks(both):
    points, scores = both(CROPS)
    for count, chosen in ((1, slice(0, 1)), (2, slice(1, 3))):
        part = LandmarkSet(both, count)
        assert part.num_landmarks == count
        assert (part.size, part.padding, part.box) == (both.size, both.padding, both.box)
        found = part(CROPS)
        np.testing.assert_array_equal(found[0], points[:, chosen])
        np.testing.assert_array_equal(found[1], scores[:, chosen])


def test_pipelines_take_the_first_unless_told(both):
    image = np.zeros((60, 60, 3), np.uint8)
    (face,) = FacePipeline(both, detector=None)(image)
    assert face.keypoints.shape == (1, 2)
    (face,) = FacePipeline(both, detector=None, landmarks=2)(image)
    assert face.keypoints.shape == (2, 2)


def test_a_network_of_one_definition_is_used_as_it_is(corners):
    assert FacePipeline(corners, detector=None).network is corners


@pytest.mark.parametrize('count', [3, 0, True, '1'])
def test_no_such_definition(both, count):
    with pytest.raises(ValueError, match=r'landmarks must be one of 1, 2, got'):
        FacePipeline(both, detector=None, landmarks=count)
