"""300-W: boxes of MMPose's file, real .pts files, broken ones."""

import json

import numpy as np
import pytest

from fifa_mm.datasets.prepare.face_300w import FACE_300W, FOLDERS, read_pts
from fifa_mm.datasets.prepare.faces import landmark_box
from fifa_mm.datasets.prepare.files import MissingDataError

PTS = 'version: 1\nn_points: {n}\n{{\n{points}\n}}\n'


def pts(count, stated=None):
    points = '\n'.join(f'{i + 1.5} {2 * i + 1}' for i in range(count))
    return PTS.format(n=stated or f' {count}', points=points)


def test_box_of_a_published_annotation():
    """Extent and box of ``indoor_029.png`` in MMPose's 300W sample file."""
    box = landmark_box(np.array([[268.0, 400], [500, 265.0], [710.702, 600], [566.941, 741.209]]))
    np.testing.assert_allclose(box['bbox'], [223.7298, 217.3791, 531.2424, 571.4508])
    assert box['center'] == [489.5, 503.5]
    assert box['scale'] == 2.385


def test_boxes_of_real_faces(real_faces):
    """Boxes of faces whose file follows MMPose's convention, rounded there to 0.01 pixel."""
    content = json.loads((real_faces / 'faces300w/annotations/faces300w_dev.json').read_text())
    for annotation in content['annotations']:
        points = np.array(annotation['keypoints']).reshape(-1, 3)[:, :2]
        box = landmark_box(points)
        np.testing.assert_allclose(box['bbox'], annotation['bbox'], atol=0.021)
        # Rounding moves a whole pixel's border now and then.
        np.testing.assert_allclose(box['center'], annotation['center'], atol=0.5)
        assert box['scale'] == pytest.approx(annotation['scale'], abs=1.01 / 200)


def test_real_folders(real_faces):
    files = FACE_300W.read(real_faces / 'raw300w', None, FACE_300W, partial=True)
    counts = {name.removeprefix('face_landmarks_300w_'): len(f) for name, f in files.items()}
    assert counts == {'train': 9, 'valid': 3, 'valid_common': 3, 'valid_challenge': 0}
    face = next(f for f in files['face_landmarks_300w_train'] if '1599258772' in f.file_name)
    assert face.file_name == 'helen/trainset/1599258772_1.jpg'
    assert face.image.is_file()
    assert face.attributes == {'subsets': ['helen']}
    assert face.keypoints[0].tolist() == pytest.approx([39.746977 - 1, 152.738015 - 1, 1])
    assert [f.id for f in files['face_landmarks_300w_train']] == list(range(1, 10))
    common = files['face_landmarks_300w_valid_common']
    assert {f.image.suffix for f in files['face_landmarks_300w_train']} == {'.jpg', '.png'}
    assert all(f.attributes == {'subsets': ['common']} for f in common)


def test_real_folders_are_incomplete(real_faces):
    with pytest.raises(MissingDataError, match=r'(?s)no lfpw/testset, ibug.*Download afw\.zip'):
        FACE_300W.read(real_faces / 'raw300w', None, FACE_300W, partial=False)


def test_split_and_upper_case_folders(tmp_path):
    for folders in FOLDERS.values():
        for folder in folders:
            top, _, leaf = folder.partition('/')
            path = tmp_path / ('300W' if top == 'Test' else top.upper()) / leaf
            path.mkdir(parents=True)
            (path / 'a[1].pts').write_text(pts(68))
            (path / 'a[1].PNG').write_bytes(b'')
    files = FACE_300W.read(tmp_path, None, FACE_300W, partial=False)
    found = {name: [f.file_name for f in faces] for name, faces in files.items()}
    assert found == {
        'face_landmarks_300w_train': [
            'afw/a[1].PNG',
            'helen/trainset/a[1].PNG',
            'lfpw/trainset/a[1].PNG',
        ],
        'face_landmarks_300w_valid': [
            'helen/testset/a[1].PNG',
            'lfpw/testset/a[1].PNG',
            'ibug/a[1].PNG',
        ],
        'face_landmarks_300w_test': ['Test/01_Indoor/a[1].PNG', 'Test/02_Outdoor/a[1].PNG'],
        'face_landmarks_300w_valid_common': ['helen/testset/a[1].PNG', 'lfpw/testset/a[1].PNG'],
        'face_landmarks_300w_valid_challenge': ['ibug/a[1].PNG'],
    }


def test_read_pts(tmp_path):
    path = tmp_path / 'a.pts'
    path.write_text(pts(68))
    points = read_pts(path)
    np.testing.assert_array_equal(points, np.stack([np.arange(68) + 0.5, 2 * np.arange(68)], 1))


def test_two_images_of_one_face(tmp_path):
    (tmp_path / 'ibug').mkdir()
    for name in ('a.pts', 'a.jpg', 'a.png'):
        (tmp_path / 'ibug' / name).write_text(pts(68))
    with pytest.raises(ValueError, match='2 images'):
        FACE_300W.read(tmp_path, None, FACE_300W, partial=True)
