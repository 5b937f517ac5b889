"""What MMPose leaves out of an annotation file, and lists of faces in a sentence."""

import pytest

from fifa_mm.annotations import named, why_dropped


@pytest.mark.parametrize(
    ('change', 'reason'),
    [
        ({'bbox': [3, 4, 0, 5]}, 'its box has no area'),
        ({'scale': 0}, 'its box has no area'),
        ({'iscrowd': 1}, 'iscrowd is set'),
        ({'num_keypoints': 0}, 'num_keypoints is 0'),
        ({'keypoints': [-1.0, 0.0, 1.0]}, 'no landmark has a positive coordinate'),
        ({'image_id': 7}, 'image id 7 is unknown'),
    ],
)
def test_reasons_for_which_mmpose_drops_a_face(change, reason):
    face = {'image_id': 1, 'keypoints': [1.0, 2.0, 1.0], 'bbox': [3, 4, 5, 6], 'scale': 1.0}
    assert why_dropped({**face, **change}, {1}) == reason


def test_a_box_outside_the_image_is_the_rest():
    face = {'image_id': 1, 'keypoints': [1.0, 2.0, 1.0], 'bbox': [3, 4, 5, 6]}
    assert why_dropped(face).startswith('its box lies outside the image, or ')


def test_the_first_ones_are_named():
    assert named([], 'dropped') == ''
    assert named(['face 1', 'face 2'], 'dropped') == '2 dropped: face 1, face 2'
    assert named(['a', 'b', 'c', 'd', 'e'], 'twice', most=2) == '5 twice: a, b and 3 more'
