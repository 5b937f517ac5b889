"""MMPose's datasets name file, face, rule and value; in the loader's workers too."""

import copy
import json

import numpy as np
import pytest
from mmcv.transforms import BaseTransform
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from PIL import Image
from torch.utils.data import DataLoader

from fifa_mm.datasets import named_errors


def face(number, **changes):
    """An annotation of MMPose's 300W on image ``number``."""
    points = np.random.default_rng(number).uniform(20, 60, (68, 2))
    keypoints = np.c_[points, np.ones(68)]
    return {
        'id': number,
        'image_id': number,
        'keypoints': keypoints.ravel().tolist(),
        'num_keypoints': 68,
        'bbox': [20, 20, 40, 40],
        'center': [40.0, 40.0],
        'scale': 0.2,
        'iscrowd': 0,
        'category_id': 1,
    } | changes


@pytest.fixture
def build(tmp_path):
    """Builds MMPose's 300W from annotations; the images are 80 x 80 pixels."""

    def build(*faces, pipeline=(), images=None, **options):
        for number in range(1, 5):
            Image.new('RGB', (80, 80)).save(tmp_path / f'{number}.jpg')
        content = {
            'images': [
                {'id': i, 'file_name': f'{i}.jpg', 'width': 80, 'height': 80} for i in range(1, 5)
            ],
            'annotations': list(faces),
            'categories': [{'id': 1, 'name': 'face'}],
        }
        (tmp_path / 'ann.json').write_text(json.dumps(content))
        init_default_scope('mmpose')
        return DATASETS.build(
            {
                'type': 'Face300WDataset',
                'data_root': f'{tmp_path}/',
                'ann_file': 'ann.json',
                'data_prefix': {'img': ''},
                'pipeline': list(pipeline),
                **options,
            }
        )

    return build


NAN = face(2)['keypoints'][:12] + [float('nan')] + face(2)['keypoints'][13:]


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'keypoints': face(2)['keypoints'][:198]}, '300w defines 68 landmarks, got 66'),
        ({'keypoints': [30.0] * 294}, '300w defines 68 landmarks, got 98'),
        ({'keypoints': [30.0] * 203}, 'cannot reshape array of size 203 into shape (1,newaxis,3)'),
        ({'keypoints': ['x'] * 204}, "could not convert string to float: 'x'"),
        ({'keypoints': NAN}, f'landmark 4 must be finite, got [nan, {np.float32(NAN[13])}]'),
        ({'center': [float('nan'), 40.0]}, 'bbox_center must be finite, got [[nan, 40.0]]'),
        ({'scale': float('inf')}, 'bbox_scale must be finite, got [[inf, inf]]'),
        ({'center': None}, 'center must be 2 numbers, got None'),
    ],
)
@pytest.mark.parametrize('test_mode', [False, True])
def test_a_face_is_checked_when_it_is_read(build, tmp_path, changes, message, test_mode):
    with pytest.raises(ValueError, match='face 2') as error:
        build(face(1), face(2, **changes), test_mode=test_mode)
    assert str(error.value) == f'{tmp_path}/ann.json: face 2 (2.jpg): {message}'


def test_a_missing_field_is_named(build, tmp_path):
    without = face(2)
    del without['center']
    with pytest.raises(ValueError, match='face 2') as error:
        build(face(1), without)
    assert str(error.value) == f"{tmp_path}/ann.json: face 2 (2.jpg): KeyError: 'center'"


def test_an_unlabelled_landmark_may_be_anything(build):
    keypoints = copy.deepcopy(NAN)
    keypoints[14] = 0
    assert len(build(face(1), face(2, keypoints=keypoints))) == 2


def test_faces_that_are_left_out_of_training_are_said(build, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(named_errors, 'print_log', lambda text, *_: said.append(text))
    assert len(build(face(1), face(2))) == 2
    assert not said
    faces = [face(1), face(2, scale=0.0), face(3, image_id=9), face(4, iscrowd=1)]
    assert len(build(*faces)) == 1
    assert said == [
        f'{tmp_path}/ann.json: 3 of 4 faces are left out: face 2: its box has no area, face 3: '
        'image id 9 is unknown, face 4: iscrowd is set'
    ]


class Fails(BaseTransform):
    """Raises an error for one face."""

    def __init__(self, error, face_id=2):
        self.error, self.face_id = error, face_id

    def transform(self, results):
        if results['id'] == self.face_id:
            raise self.error
        return results


@pytest.mark.parametrize(
    ('error', 'sentence'),
    [
        (ValueError('a must be b'), 'a must be b'),
        (ZeroDivisionError('division by zero'), 'ZeroDivisionError: division by zero'),
        (AssertionError(), 'AssertionError'),
        (KeyError('img'), "KeyError: 'img'"),
    ],
)
@pytest.mark.parametrize('workers', [0, 1])
def test_a_face_is_named_where_the_pipeline_fails(build, tmp_path, error, sentence, workers):
    dataset = build(face(1), face(2), pipeline=[Fails(error)])
    loader = DataLoader(dataset, num_workers=workers, collate_fn=pseudo_collate)
    with pytest.raises(ValueError, match='face 2') as raised:
        list(loader)
    line = f'{tmp_path}/ann.json: face 2 ({tmp_path}/2.jpg): Fails: {sentence}'
    assert str(raised.value).rstrip('\n').endswith(line)


def test_codec_errors_name_the_face(build, tmp_path):
    codec = {'type': 'fifa_mm.GaussianHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16)}
    pipeline = [
        {'type': 'LoadImage'},
        {'type': 'GetBBoxCenterScale'},
        {'type': 'TopdownAffine', 'input_size': (64, 64)},
        {'type': 'GenerateTarget', 'encoder': codec | {'type': 'EdgeHeatmap', 'num_landmarks': 98}},
    ]
    dataset = build(face(1), pipeline=pipeline)
    with pytest.raises(ValueError, match='face 1') as error:
        dataset[0]
    assert str(error.value) == (
        f'{tmp_path}/ann.json: face 1 ({tmp_path}/1.jpg): GenerateTarget: keypoints must be one '
        'instance of 98 landmarks, (1, 98, 2), got shape (1, 68, 2)'
    )


def test_errors_about_the_program_or_with_a_file_name_are_left_alone(build, tmp_path):
    unknown_epoch = RuntimeError('the training epoch is unknown')
    with pytest.raises(RuntimeError, match=r'\Athe training epoch is unknown\Z'):
        build(face(2), pipeline=[Fails(unknown_epoch)])[0]
    dataset = build(face(1), pipeline=[{'type': 'LoadImage'}])
    (tmp_path / '1.jpg').unlink()
    with pytest.raises(FileNotFoundError, match=r'1\.jpg'):
        dataset[0]
