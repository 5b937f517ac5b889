"""AFLW: ``AFLWinfo_release.mat`` written here in the original structure; MMPose's sample faces."""

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.io

from fifa_mm.datasets.prepare.aflw import AFLW, aflw_box, load_info
from fifa_mm.datasets.prepare.files import MissingDataError

SMALL = replace(AFLW, files={**AFLW.files, 'face_landmarks_aflw_train': 3})


def info(count=5, **changes):
    rng = np.random.default_rng(0)
    names = np.empty((count, 1), object)
    names[:, 0] = [f'0/image{i:05d}.jpg' for i in range(count)]
    visible = np.ones((count, 19), np.uint8)
    visible[1, 4] = 0
    return {
        'nameList': names,
        'data': rng.uniform(10, 90, (count, 38)),
        'bbox': np.tile([5.0, 95.0, 10.0, 100.0], (count, 1)),
        'mask_new': visible,
        'ra': np.array([[4, 1, 3, 2, 5]][:1])[:, :count],
        **changes,
    }


@pytest.fixture
def raw(tmp_path):
    (tmp_path / 'flickr' / '0').mkdir(parents=True)
    scipy.io.savemat(tmp_path / 'AFLWinfo_release.mat', info())
    return tmp_path


def test_split_by_permutation(raw):
    files = AFLW.read(raw, None, SMALL, partial=False)
    names = {
        name.removeprefix('face_landmarks_aflw_'): [f.file_name[-5:-4] for f in faces]
        for name, faces in files.items()
    }
    # ra is counted from 1; image 1 has a hidden landmark.
    assert names == {'train': ['3', '0', '2'], 'test': ['1', '4'], 'test_frontal': ['4']}
    face = files['face_landmarks_aflw_train'][0]
    data = info()['data'][3]
    assert face.file_name == 'flickr/0/image00003.jpg'
    assert face.image == raw / 'flickr/0/image00003.jpg'
    np.testing.assert_allclose(face.keypoints, np.stack([data[:19], data[19:], np.ones(19)], 1))
    assert [f.attributes['frontal'] for f in files['face_landmarks_aflw_test']] == [0, 1]
    assert [f.id for f in files['face_landmarks_aflw_test']] == [1, 2]


def test_fields_are_those_of_mmpose(real_faces):
    """From landmarks and the square box of MMPose's sample faces to all box fields."""
    sample = json.loads((real_faces / 'samples/aflw/test_aflw.json').read_text())
    for annotation in sample['annotations']:
        points = np.array(annotation['keypoints']).reshape(-1, 3)[:, :2]
        (x, y), half = annotation['center'], annotation['box_size'] / 2
        box = aflw_box(points, np.array([x - half, x + half, y - half, y + half]))
        for key in ('bbox', 'center', 'scale', 'box_size'):
            np.testing.assert_allclose(box[key], annotation[key], err_msg=key)


def test_box_size_of_a_rectangle():
    box = aflw_box(np.array([[1.0, 2], [3, 4]]), np.array([10.0, 110, 20, 100]))
    assert (box['center'], box['box_size'], box['scale']) == ([60, 60], 100, 0.5)


@pytest.mark.parametrize('keep', [40, 300, -20])
def test_truncated_file(raw, keep):
    path = raw / 'AFLWinfo_release.mat'
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r'AFLWinfo_release\.mat'):
        load_info(path)


def test_missing_variable(tmp_path):
    content = info()
    del content['ra']
    scipy.io.savemat(tmp_path / 'a.mat', content)
    with pytest.raises(ValueError, match=r"lacks the variables \['ra'\]"):
        load_info(tmp_path / 'a.mat')


def test_missing_images(tmp_path):
    with pytest.raises(MissingDataError, match=r'(?s)no flickr in.*AFLWinfo_release\.mat from'):
        AFLW.read(tmp_path, None, AFLW, partial=False)
