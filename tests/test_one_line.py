"""The one line, ``dict(type='fifa_mm.FiducialFocus')``, in every stock config."""

from pathlib import Path

import mmpose
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

from fifa_mm.focus.epoch import EPOCH

CONFIGS = Path(mmpose.__file__).parent / '.mim' / 'configs'
FACES = sorted((CONFIGS / 'face_2d_keypoint').rglob('*.py'))
OTHERS = [
    CONFIGS / 'body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py',
    CONFIGS / 'hand_2d_keypoint/topdown_heatmap/onehand10k/'
    'td-hm_res50_8xb32-210e_onehand10k-256x256.py',
    CONFIGS
    / 'animal_2d_keypoint/topdown_heatmap/ap10k/td-hm_hrnet-w32_8xb64-210e_ap10k-256x256.py',
]


def test_stock_configs_are_there():
    assert len(FACES) >= 15
    assert all(path.exists() for path in OTHERS)


@pytest.mark.parametrize('path', FACES + OTHERS, ids=lambda path: path.stem)
def test_one_line_in_a_stock_pipeline(path):
    config = Config.fromfile(path)
    pipeline = config.train_dataloader.dataset.pipeline
    after = [step['type'] for step in pipeline].index('TopdownAffine') + 1
    pipeline.insert(after, {'type': 'fifa_mm.FiducialFocus'})
    EPOCH.set(0, seed=1)
    with DefaultScope.overwrite_default_scope('mmpose'):
        transforms = Compose(pipeline)
    results = sample(config)
    for step in transforms.transforms[:after]:
        results = step(results)
    before = results['img']
    results = transforms.transforms[after](results)
    inside = inside_points(results, before.shape)
    assert (results['img'][inside[:, 1], inside[:, 0]] == 0).all()
    assert len(inside) > 0
    for step in transforms.transforms[after + 1 :]:
        results = step(results)
    assert results['inputs'].shape[0] == 3


def inside_points(results, shape):
    """Pixels of the landmarks that lie in the image."""
    points = np.ceil(results['transformed_keypoints'][0] - 0.5).astype(int)
    return points[((points >= 0) & (points < [shape[1], shape[0]])).all(axis=1)]


def sample(config):
    """What MMPose's dataset of the config would hand to the pipeline, for an image of noise."""
    rng = np.random.default_rng(0)
    count = config.model.head.get('out_channels') or config.model.head.get('num_joints')
    dataset = config.train_dataloader.dataset
    metainfo = dataset.get('metainfo') or DATASETS.get(dataset.type).METAINFO
    metainfo = parse_pose_metainfo(dict(metainfo))
    return {
        'img': rng.integers(1, 256, (300, 300, 3), dtype=np.uint8),
        'img_path': 'noise.png',
        'id': 1,
        'img_id': 1,
        'sample_idx': 4,
        'bbox': np.array([[30, 30, 270, 270]], np.float32),
        'bbox_score': np.ones(1, np.float32),
        'keypoints': rng.uniform(60, 240, (1, count, 2)).astype(np.float32),
        'keypoints_visible': np.ones((1, count), np.float32),
        'category_id': 1,
        'flip_indices': metainfo['flip_indices'],
        'upper_body_ids': metainfo['upper_body_ids'],
        'lower_body_ids': metainfo['lower_body_ids'],
        'dataset_keypoint_weights': metainfo['dataset_keypoint_weights'],
    }
