import json
from collections import defaultdict

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmpose.datasets.transforms import GetBBoxCenterScale, TopdownAffine

from fifa_mm import SyntheticFaces
from fifa_mm.predict.boxes import (
    Relation,
    check_boxes,
    crop,
    square_around,
    to_image,
    training_box,
)
from fifa_mm.predict.tracking import overlaps

IMAGE = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
SIZES = st.sampled_from([(32, 32), (48, 64), (64, 48)])
SIDES = st.floats(0.5, 300, width=32)
PLACES = st.floats(-100, 200, width=32)
# NumPy 1 multiplies scalars in another precision, and OpenCV rounds places to 1/32 of a pixel.
ROUNDED = 2 * 255 / 32 if np.__version__ < '2' else 0


@given(x=PLACES, y=PLACES, w=SIDES, h=SIDES, size=SIZES, padding=st.sampled_from([1.0, 1.2, 1.25]))
def test_crop_is_that_of_mmpose(x, y, w, h, size, padding):
    box = np.array([x, y, x + w, y + h], np.float32)
    results = {'img': IMAGE, 'bbox': box[None]}
    for step in (GetBBoxCenterScale(padding=padding), TopdownAffine(size)):
        results = step(results)
    found = crop(IMAGE, box, padding, size).astype(float)
    np.testing.assert_allclose(found, results['img'], rtol=0, atol=ROUNDED)
    points = np.array([[0.0, 0.0], [1.0, 0.5], [0.3, 0.9]]) * size
    there = points / size * results['input_scale'] + results['input_center']
    there -= 0.5 * results['input_scale']
    np.testing.assert_allclose(to_image(points, box, padding, size), there, atol=1e-3)


def test_points_follow_the_crop():
    """A dot in the picture lies in the crop where its landmark would."""
    image = np.zeros((200, 300, 3), np.uint8)
    cv2.circle(image, (140, 90), 4, (255, 255, 255), -1)
    box = np.array([100, 50, 180, 150], np.float32)
    seen = crop(image, box, 1.25, (64, 64))[..., 0].astype(float)
    y, x = np.indices(seen.shape)
    dot = np.array([[(x * seen).sum(), (y * seen).sum()]]) / seen.sum()
    np.testing.assert_allclose(to_image(dot, box, 1.25, (64, 64)), [[140, 90]], atol=0.5)


def test_relation():
    moved = Relation(0.1, -0.2, 0.5)(np.array([[0.0, 0, 100, 100], [10, 10, 30, 30]]))
    np.testing.assert_allclose(moved, [[35, 5, 85, 55], [17, 11, 27, 21]])


def test_square_around():
    points = np.array([[[1.0, 2], [5, 4], [3, 3]]])
    np.testing.assert_allclose(square_around(points), [[1, 1, 5, 5]])


def test_training_box_of_300w_and_of_rendered_faces_is_the_square_around_the_landmarks():
    faces = SyntheticFaces(num_samples=8, seed=3)
    for i in range(8):
        face = faces.get_data_info(i)
        square = training_box('SyntheticFaces').from_landmarks(square_around(face['keypoints']))
        assert overlap(square[0], face['bbox'][0]) > 0.95


@pytest.mark.parametrize(('file', 'dataset'), [('cofw', 'COFWDataset'), ('aflw', 'AFLWDataset')])
def test_training_box_of_the_sample_faces(real_faces, file, dataset):
    for face in annotations(real_faces / f'samples/{file}/test_{file}.json'):
        square = training_box(dataset).from_landmarks(square_around(face['keypoints'][None]))
        assert overlap(square[0], face['square']) > 0.8


def test_training_box_of_cofw_on_photos_with_68_landmarks(real_faces):
    """From the 68 landmarks' square and from the 29 landmarks to COFW's box: right on average."""
    photos = defaultdict(list)
    for face in annotations(real_faces / 'faces300w/annotations/faces300w_train.json'):
        photos[face['name']].append(square_around(face['keypoints'][None]))
    truth, from_face, from_points = [], [], []
    for face in annotations(real_faces / 'cofw29/annotations/cofw29_train.json'):
        for square in photos[face['name']]:
            if overlap(square[0], face['square']) > 0.3:
                truth.append(face['square'])
                from_face.append(training_box('COFWDataset').from_face(square)[0])
                tight = square_around(face['keypoints'][None])
                from_points.append(training_box('COFWDataset').from_landmarks(tight)[0])
    assert len(truth) > 500
    for boxes in (from_face, from_points):
        shift, factor = compare(np.array(boxes), np.array(truth))
        assert np.abs(np.median(shift, 0)).max() < 0.02
        assert abs(np.median(factor) - 1) < 0.02


def annotations(path):
    content = json.loads(path.read_text())
    names = {image['id']: image['file_name'].rpartition('/')[2] for image in content['images']}
    for face in content['annotations']:
        keypoints = np.reshape(face['keypoints'], (-1, 3))
        if 'center' in face:
            center, side = np.array(face['center']), 200 * face['scale']
        else:
            x, y, w, h = face['bbox']
            center, side = np.array([x + w / 2, y + h / 2]), max(w, h)
        yield {
            'name': names[face['image_id']],
            'keypoints': keypoints[keypoints[:, 2] > 0, :2],
            'square': np.concatenate([center - side / 2, center + side / 2]),
        }


def compare(boxes, truth):
    """Shift of the centres in sides, and ratio of the sides."""
    side = truth[:, 2] - truth[:, 0]
    shift = ((boxes[:, :2] + boxes[:, 2:]) - (truth[:, :2] + truth[:, 2:])) / 2 / side[:, None]
    return shift, (boxes[:, 2] - boxes[:, 0]) / side


def overlap(a, b):
    return overlaps(a[None], b[None])[0, 0]


@pytest.mark.parametrize(
    ('boxes', 'message'),
    [
        ([[1, 2, 3]], r'rows of x1, y1, x2, y2, got shape \(1, 3\)'),
        ([1, 2, 3, 4], 'got shape'),
        ([[1, 2, 1, 4]], 'x1 < x2'),
        ([[1, 2, np.nan, 4]], 'finite'),
        ([[0, 0, np.inf, 4]], 'finite'),
        ([['a', 2, 3, 4]], 'rows of x1'),
        ([[1, 2, 3, 4], [1, 2]], 'rows of x1'),
    ],
)
def test_boxes_that_are_none(boxes, message):
    with pytest.raises(ValueError, match=message):
        check_boxes(boxes)


def test_no_boxes():
    assert check_boxes([]).shape == (0, 4)
