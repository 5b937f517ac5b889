"""COFW: MATLAB 7.3 files written here in the original structure, from MMPose's sample faces."""

import json
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from PIL import Image

from fifa_mm.datasets.prepare.cofw import COFW, cofw_face
from fifa_mm.datasets.prepare.faces import annotation_file
from fifa_mm.datasets.prepare.files import MissingDataError


def write_mat(path, suffix, pictures, phis, boxes):
    """MATLAB's layout: a cell array is (1, N) references, every array is transposed."""
    with h5py.File(path, 'w') as mat:
        references = np.empty((1, len(pictures)), h5py.ref_dtype)
        for index, picture in enumerate(pictures):
            item = mat.create_dataset(f'#refs#/{index}', data=picture.T)
            references[0, index] = item.ref
        mat.create_dataset(f'Is{suffix}', data=references, dtype=h5py.ref_dtype)
        mat[f'phis{suffix}'] = np.array(phis, np.float64).T
        mat[f'bboxes{suffix}'] = np.array(boxes, np.float64).T


def phi(seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.uniform(5, 35, 58), rng.integers(0, 2, 29)])


@pytest.fixture
def raw(tmp_path):
    """Two training images, one of them grey, and one test image."""
    rng = np.random.default_rng(0)
    folder = tmp_path / 'raw'
    folder.mkdir()
    color = rng.integers(0, 256, (40, 50, 3), np.uint8)
    gray = rng.integers(0, 256, (44, 40), np.uint8)
    box = [3, 4, 30, 31]
    write_mat(folder / 'COFW_train_color.mat', 'Tr', [color, gray], [phi(0), phi(1)], [box, box])
    write_mat(folder / 'COFW_test_color.mat', 'T', [color], [phi(2)], [box])
    return folder


def test_fields_are_those_of_mmpose(real_faces, tmp_path):
    """From a .mat made of MMPose's sample faces back to its sample file."""
    sample = json.loads((real_faces / 'samples/cofw/test_cofw.json').read_text())
    pictures, phis, boxes = [], [], []
    for annotation, image in zip(sample['annotations'], sample['images'], strict=True):
        points = np.array(annotation['keypoints']).reshape(-1, 3)
        phis.append(np.concatenate([points[:, 0] + 1, points[:, 1] + 1, 2 - points[:, 2]]))
        boxes.append(annotation['bbox'])
        pictures.append(
            cv2.imread(str(real_faces / 'samples/cofw' / image['file_name']))[..., ::-1]
        )
    write_mat(tmp_path / 'COFW_test_color.mat', 'T', pictures, phis, boxes)
    files = COFW.read(tmp_path, tmp_path / 'out', COFW, partial=True)
    sizes = {f.image: Image.open(f.image).size for f in files['cofw_test']}
    content = annotation_file(files['cofw_test'], sizes, COFW.info)
    assert list(content) == list(sample)
    for ours, theirs in zip(content['annotations'], sample['annotations'], strict=True):
        assert ours.keys() == theirs.keys()
        for key in theirs.keys() - {'id', 'image_id'}:
            np.testing.assert_allclose(ours[key], theirs[key], err_msg=key)
    for ours, theirs in zip(content['images'], sample['images'], strict=True):
        assert (ours['width'], ours['height']) == (theirs['width'], theirs['height'])
    written = cv2.imread(str(files['cofw_test'][0].image)).astype(float)
    assert np.abs(written - pictures[0][..., ::-1]).mean() < 3  # JPEG noise, channels in place


def test_images_are_written_once(raw, tmp_path):
    out = tmp_path / 'out'
    files = COFW.read(raw, out, COFW, partial=False)
    paths = sorted((out / 'images').iterdir())
    assert [p.name for p in paths] == ['000001.jpg', '000002.jpg', '000003.jpg']
    assert [f.id for f in files['cofw_train'] + files['cofw_test']] == [1, 2, 3]
    assert [Image.open(p).size for p in paths] == [(50, 40), (40, 44), (50, 40)]
    assert cv2.imread(str(paths[1])).shape == (44, 40, 3)  # grey
    paths[0].unlink()
    paths[2].write_bytes(paths[1].read_bytes())  # of another size
    kept = paths[1].stat().st_mtime_ns
    COFW.read(raw, out, COFW, partial=False)
    assert paths[1].stat().st_mtime_ns == kept
    assert [Image.open(p).size for p in paths] == [(50, 40), (40, 44), (50, 40)]


def test_cofw_face_cuts_at_zero():
    values = np.zeros(87)
    face = cofw_face(7, '000007.jpg', Path(), values, np.array([-3.0, 2, 10, 10]))
    assert face.box == {'bbox': [0, 2, 10, 10]}
    np.testing.assert_array_equal(face.keypoints, [[0, 0, 2]] * 29)


def test_truncated_file(raw, tmp_path):
    path = raw / 'COFW_test_color.mat'
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ValueError, match=r'COFW_test_color\.mat is not the MATLAB 7\.3 file'):
        COFW.read(raw, tmp_path / 'out', COFW, partial=False)


def test_no_hdf5(tmp_path):
    (tmp_path / 'COFW_test_color.mat').write_bytes(b'MATLAB 5.0 MAT-file')
    with pytest.raises(ValueError, match=r'not the MATLAB 7\.3 file'):
        COFW.read(tmp_path, tmp_path / 'out', COFW, partial=True)


def test_missing_file(raw, tmp_path):
    (raw / 'COFW_train_color.mat').unlink()
    with pytest.raises(MissingDataError, match=r'(?s)no COFW_train_color\.mat.*Download COFW'):
        COFW.read(raw, tmp_path / 'out', COFW, partial=False)
