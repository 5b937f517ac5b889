import numpy as np
import pytest

from fifa_mm import SyntheticFaces
from fifa_mm.definitions import DEFINITIONS
from fifa_mm.plots.faces import LINE, POINT, Drawer, skeleton
from fifa_mm.predict import Face

SCALE = 3


def rendered(num_landmarks):
    face = SyntheticFaces(num_landmarks=num_landmarks, num_samples=1, seed=5).get_data_info(0)
    image = face['img'].repeat(SCALE, 0).repeat(SCALE, 1)
    keypoints = SCALE * face['keypoints'][0] + (SCALE - 1) / 2
    box = SCALE * face['bbox'][0]
    return image, Face(keypoints, np.ones(num_landmarks, np.float32), box)


@pytest.mark.parametrize('num_landmarks', DEFINITIONS)
def test_landmarks_and_connections_are_drawn(num_landmarks):
    image, face = rendered(num_landmarks)
    before = image.copy()
    drawn = Drawer(num_landmarks)(image, [face])
    np.testing.assert_array_equal(image, before)
    x, y = np.round(face.keypoints).astype(int).T
    assert (drawn[y, x] == POINT[::-1]).all()  # BGR
    links = np.array(skeleton(num_landmarks))
    middles = face.keypoints[links].mean(1).astype(int)
    long = np.ptp(face.keypoints[links], axis=1).max(1) > 8
    near = [
        (drawn[y - 1 : y + 2, x - 1 : x + 2] == LINE[::-1]).all(-1).any() for x, y in middles[long]
    ]
    assert long.sum() > 5
    assert np.mean(near) > 0.95


def test_skeleton_joins_the_edges():
    assert skeleton(68)[:2] == [[0, 1], [1, 2]]
    assert [41, 36] in skeleton(68)  # the eye is closed
    assert [16, 0] not in skeleton(68)  # the jaw is not
    assert skeleton(5) == []


def test_an_unknown_definition_has_points_alone():
    image = np.zeros((40, 40, 3), np.uint8)
    face = Face(np.array([[5.0, 5], [20, 5], [5, 30]], np.float32), np.ones(3), np.zeros(4))
    drawn = Drawer(3)(image, [face])
    assert tuple(drawn[5, 5]) == POINT[::-1]
    assert not drawn[5, 12].any()


def test_boxes_are_drawn_by_option():
    image, face = rendered(19)
    plain, boxed = (Drawer(19, draw_boxes=boxes)(image, [face]) for boxes in (False, True))
    x, y = face.box[:2].round().astype(int)
    assert (plain[y, x : x + 20] != boxed[y, x : x + 20]).any(1).all()


def test_no_face():
    image, _ = rendered(19)
    np.testing.assert_array_equal(Drawer(19)(image, []), image)
