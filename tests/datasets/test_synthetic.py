"""SyntheticFaces as MMPose sees it."""

import hashlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import mmcv
import mmpose
import numpy as np
import pytest
from mmengine import fileio
from mmengine.config import Config
from mmengine.dataset import BaseDataset, Compose
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from mmpose.registry import DATASETS, HOOKS, METRICS
from mmpose.structures import PoseDataSample
from mmpose.visualization import PoseLocalVisualizer

from fifa_mm import SyntheticFaces

ROOT = Path(__file__).resolve().parents[2]
STOCK = Path(mmpose.__file__).parent / '.mim/configs/face_2d_keypoint/topdown_heatmap'
CONFIGS = {
    68: STOCK / '300w/td-hm_hrnetv2-w18_8xb64-60e_300w-256x256.py',
    98: STOCK / 'wflw/td-hm_hrnetv2-w18_dark-8xb64-60e_wflw-256x256.py',
    29: STOCK / 'cofw/td-hm_hrnetv2-w18_8xb64-60e_cofw-256x256.py',
    19: STOCK / 'aflw/td-hm_hrnetv2-w18_8xb64-60e_aflw-256x256.py',
}
COUNTS = sorted(CONFIGS)

# Landmarks 0, 8, 30, 36, 45, 54 and the mean colour of face 2 of seed 0 at 128 pixels.
GOLDEN_POINTS = np.array(
    [
        [24.50, 39.26],
        [60.50, 106.18],
        [59.23, 59.18],
        [37.33, 40.81],
        [83.20, 40.90],
        [74.41, 72.67],
    ]
)
GOLDEN_COLOUR = np.array([64.2, 68.7, 87.4])


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmpose')


def digest(face):
    return hashlib.sha256(face['img'].tobytes() + face['keypoints'].tobytes()).hexdigest()


def labels(dataset):
    """The samples without their pictures."""
    return [BaseDataset.get_data_info(dataset, i) for i in range(len(dataset))]


def test_golden_values():
    sample = SyntheticFaces(num_samples=3, image_size=128, seed=0).get_data_info(2)
    assert sample['keypoints'][0, [0, 8, 30, 36, 45, 54]] == pytest.approx(GOLDEN_POINTS, abs=0.1)
    assert sample['img'].mean((0, 1)) == pytest.approx(GOLDEN_COLOUR, abs=1.5)


def test_another_process_and_another_order_give_the_same_bits():
    code = """
import hashlib, fifa_mm
dataset = fifa_mm.SyntheticFaces(num_samples=4, image_size=96, seed=5)
for index in (3, 0, 2, 1):
    face = dataset.get_data_info(index)
    data = face['img'].tobytes() + face['keypoints'].tobytes()
    print('face', index, hashlib.sha256(data).hexdigest())
"""
    out = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    other = dict(line.split()[1:] for line in out.splitlines() if line.startswith('face'))
    dataset = SyntheticFaces(num_samples=9, image_size=96, seed=5)
    assert other == {str(i): digest(dataset.get_data_info(i)) for i in (0, 1, 2, 3)}


def test_seed_and_index_change_the_face():
    one, two = (SyntheticFaces(num_samples=2, image_size=64, seed=seed) for seed in (0, 1))
    images = [d.get_data_info(i)['img'] for d in (one, two) for i in (0, 1)]
    assert len({image.tobytes() for image in images}) == 4


def test_the_landmark_sets_share_picture_and_box():
    samples = [
        SyntheticFaces(num_landmarks=count, num_samples=2, image_size=96, seed=3).get_data_info(1)
        for count in COUNTS
    ]
    for sample in samples[1:]:
        assert np.array_equal(sample['img'], samples[0]['img'])
        assert np.array_equal(sample['bbox'], samples[0]['bbox'])


@pytest.mark.parametrize('count', COUNTS)
def test_the_format_is_that_of_mmpose(count):
    dataset = SyntheticFaces(num_landmarks=count, num_samples=60, image_size=112, seed=9)
    for sample in labels(dataset):
        assert sample['keypoints'].shape == (1, count, 2)
        assert sample['keypoints'].dtype == np.float32
        assert sample['keypoints_visible'].tolist() == [[1.0] * count]
        assert (sample['keypoints'] > 1).all()
        assert (sample['keypoints'] < 110).all()
        x1, y1, x2, y2 = sample['bbox'][0]
        assert sample['box_size'] == x2 - x1 == y2 - y1
        inside = (sample['keypoints'][0] >= [x1, y1]) & (sample['keypoints'][0] <= [x2, y2])
        assert inside.all()
        assert 0.5 * 112 < sample['box_size'] < 0.8 * 112
    sample = dataset.get_data_info(0)
    assert sample['img'].shape == (112, 112, 3)
    assert sample['img'].dtype == np.uint8
    assert dataset.metainfo['num_keypoints'] == count


@pytest.mark.parametrize('count', COUNTS)
def test_stock_pipelines_and_metrics_take_the_samples(count):
    config = Config.fromfile(CONFIGS[count])
    for test_mode, loader in ((False, config.train_dataloader), (True, config.val_dataloader)):
        dataset = DATASETS.build(
            {
                'type': 'SyntheticFaces',
                'num_landmarks': count,
                'num_samples': 2,
                'test_mode': test_mode,
                'pipeline': loader.dataset.pipeline,
            }
        )
        packed = [dataset[i] for i in range(2)]
        assert packed[0]['inputs'].shape == (3, 256, 256)
    assert packed[0]['data_samples'].metainfo['raw_ann_info']['occlusion'] in (0, 1)

    heatmaps = Compose(config.train_dataloader.dataset.pipeline)(dataset.get_data_info(0))
    assert heatmaps['data_samples'].gt_fields.heatmaps.shape == (count, 64, 64)

    metric = METRICS.build(config.val_evaluator)
    metric.dataset_meta = dataset.metainfo
    results = [sample['data_samples'].to_dict() for sample in packed]
    for result in results:
        result['pred_instances'] = {'keypoints': result['gt_instances']['keypoints'] + [1.0, 0.0]}
    metric.process(None, results)
    sample = labels(dataset)
    expected = []
    for face in sample:
        if count == 19:
            expected.append(1 / face['box_size'])
        else:
            name = dataset.metainfo['dataset_name']
            left, right = face['keypoints'][0, metric.DEFAULT_KEYPOINT_INDICES[name]]
            expected.append(1 / np.linalg.norm(left - right))
    assert metric.evaluate(2)['NME'] == pytest.approx(np.mean(expected), rel=1e-4)


def test_the_mean_shape_is_no_solution():
    """Half of its error is what the demo's network has to beat."""
    normalised = []
    faces = {seed: labels(SyntheticFaces(num_samples=100, seed=seed)) for seed in (0, 1)}
    for face in faces[0]:
        normalised.append((face['keypoints'][0] - face['bbox_center']) / face['bbox_scale'])
    mean = np.mean(normalised, 0)
    errors = []
    for face in faces[1]:
        points = face['keypoints'][0]
        guess = mean * face['bbox_scale'] + face['bbox_center']
        eyes = np.linalg.norm(points[36] - points[45])
        errors.append(np.linalg.norm(guess - points, axis=1).mean() / eyes)
    assert 0.08 < np.mean(errors) < 0.4


def test_the_flags_split_the_faces():
    faces = labels(SyntheticFaces(num_samples=100, seed=2))
    for flag in ('pose', 'expression', 'illumination', 'make_up', 'occlusion', 'blur'):
        share = np.mean([face['raw_ann_info'][flag] for face in faces])
        assert 0.05 < share < 0.75, flag


@pytest.mark.parametrize(('name', 'value'), [('ann_file', 'faces.json'), ('data_mode', 'bottomup')])
def test_arguments_of_mmpose_that_make_no_sense(name, value):
    with pytest.raises(ValueError, match=name):
        SyntheticFaces(**{name: value})


def test_the_picture_lies_at_its_img_path():
    dataset = SyntheticFaces(num_samples=3, image_size=64, seed=5)
    sample = dataset.get_data_info(2)
    picture = mmcv.imfrombytes(fileio.get(sample['img_path']))
    np.testing.assert_array_equal(picture, sample['img'])


def test_mmpose_draws_its_predictions(tmp_path):
    """MMPose's visualisation hook reads the picture from ``img_path``."""
    dataset = SyntheticFaces(num_samples=1, image_size=64)
    meta = dataset.metainfo
    sample = PoseDataSample(metainfo={'img_path': dataset[0]['img_path']})
    sample.pred_instances = InstanceData(
        keypoints=dataset[0]['keypoints'],
        keypoint_scores=np.ones((1, 68)),
        bboxes=dataset[0]['bbox'],
    )
    PoseLocalVisualizer.get_instance('drawing', save_dir=str(tmp_path))
    hook = HOOKS.build({'type': 'PoseVisualizationHook', 'enable': True, 'out_dir': 'drawn'})
    runner = SimpleNamespace(
        work_dir=str(tmp_path), timestamp='now', test_evaluator=SimpleNamespace(dataset_meta=meta)
    )
    hook.after_test_iter(runner, 0, {}, [sample])
    drawn = mmcv.imread(str(tmp_path / 'now/drawn/0_0.png'))
    assert drawn.shape == (64, 64, 3)
    assert (drawn != dataset[0]['img']).any()
