"""WFLW lists: MMPose's own sample file, subset sizes of the real test set, broken lines."""

import json
import shutil

import numpy as np
import pytest

from fifa_mm.datasets.prepare.faces import annotation_file
from fifa_mm.datasets.prepare.files import MissingDataError
from fifa_mm.datasets.prepare.wflw import ATTRIBUTES, WFLW, parse_line, read_list

LINE = f'{"10.5 " * 196}1 2 30 40 1 0 0 1 0 1 a/b.jpg'


def test_fields_are_those_of_mmpose(real_faces):
    """All four faces of MMPose's sample file, from the lines of the original list.

    The box of face 40 is cut there at y = 768, although its image has 1024 rows.
    """
    sample = json.loads((real_faces / 'samples/wflw/test_wflw.json').read_text())
    published = {tuple(np.round(a['keypoints'][:2], 3)): a for a in sample['annotations']}
    images = {i['file_name']: (i['width'], i['height']) for i in sample['images']}
    faces = read_list(real_faces / 'wflw_raw/list_98pt_rect_attr_test.txt', real_faces / 'x')
    sizes = {face.image: images[face.image.name] for face in faces}
    content = annotation_file(faces, sizes)
    assert content['categories'] == sample['categories']
    for annotation in content['annotations']:
        expected = published.pop(tuple(np.round(annotation['keypoints'][:2], 3)))
        assert list(annotation)[: len(expected)] == list(expected)
        skip = {'id', 'image_id', *(('bbox', 'area') if expected['id'] == 40 else ())}
        for key in expected.keys() - skip:
            np.testing.assert_allclose(annotation[key], expected[key], rtol=1e-9, err_msg=key)
    assert not published
    for image in content['images']:
        assert (image['width'], image['height']) == images[image['file_name'].split('/')[1]]
    # Two images; one id each, that of its first face.
    assert [i['id'] for i in content['images']] == [1, 2]
    assert [a['image_id'] for a in content['annotations']] == [1, 2, 2, 2]


def test_subset_sizes_of_the_real_test_set(real_faces, tmp_path):
    rows = (real_faces / 'wflw_raw/test_rect_attr.txt').read_text().splitlines()
    points = ' '.join(f'{v:.1f}' for v in np.random.default_rng(0).random(196) * 100)
    path = tmp_path / 'list_98pt_rect_attr_test.txt'
    path.write_text(''.join(f'{points} {row}\n' for row in rows))
    (tmp_path / 'WFLW_images').mkdir()
    files = WFLW.read(tmp_path, tmp_path / 'out', WFLW, partial=True)
    found = {name: len(faces) for name, faces in files.items()}
    assert found == {n: c for n, c in WFLW.files.items() if n != 'face_landmarks_wflw_train'}


def test_parse_line():
    points, attributes, name = parse_line(LINE)
    assert points.shape == (98, 2)
    assert name == 'a/b.jpg'
    assert list(attributes) == list(ATTRIBUTES)
    assert list(attributes.values()) == [1, 0, 0, 1, 0, 1]


def test_missing_list(tmp_path):
    (tmp_path / 'WFLW_images').mkdir()
    with pytest.raises(MissingDataError, match=r'(?s)no list_98.*Download WFLW images'):
        WFLW.read(tmp_path, tmp_path, WFLW, partial=False)
    shutil.rmtree(tmp_path / 'WFLW_images')
    with pytest.raises(MissingDataError, match='no WFLW_images'):
        WFLW.read(tmp_path, tmp_path, WFLW, partial=True)
