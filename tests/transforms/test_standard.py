"""StandardAugment: the warp, its landmarks, the draws and their replay, and MMPose around it."""

from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS, TRANSFORMS
from scipy import stats
from torch.utils.data import DataLoader, Dataset

from fifa_mm import StandardAugment
from fifa_mm.focus.epoch import EPOCH
from fifa_mm.transforms import standard

ROOT = Path(__file__).resolve().parents[2]
POINTS = np.array([[[30, 30], [90, 40], [60, 95], [45.5, 70.25]]], np.float32)


def face(**keys):
    """Pipeline results: a random 120 x 140 image, a box and four landmarks."""
    rng = np.random.default_rng(0)
    return {
        'img': rng.integers(0, 256, (120, 140, 3), np.uint8),
        'bbox_center': np.array([[62.0, 58.0]], np.float32),
        'bbox_scale': np.array([[100.0, 90.0]], np.float32),
        'keypoints': POINTS.copy(),
        'keypoints_visible': np.ones((1, 4), np.float32),
        'sample_idx': 0,
        **keys,
    }


def topdown_affine(size, **keys):
    return TRANSFORMS.build({'type': 'TopdownAffine', 'input_size': size, **keys})


def similarity(source, target):
    """Least-squares scale, rotation (radians) and shift with target = scale R source + shift."""
    a, b = (p @ np.array([1, 1j]) for p in (source, target))
    slope = np.vdot(a - a.mean(), b - b.mean()) / np.vdot(a - a.mean(), a - a.mean())
    offset = b.mean() - slope * a.mean()
    return abs(slope), np.angle(slope), np.array([offset.real, offset.imag])


@pytest.mark.parametrize('size', [(64, 64), (96, 64), (48, 80)])
@pytest.mark.parametrize('use_udp', [False, True])
@pytest.mark.parametrize('rotation', [None, 25.0])
def test_without_random_matrix_it_is_topdown_affine(size, use_udp, rotation):
    results = face() if rotation is None else face(bbox_rotation=np.array([rotation]))
    expected = topdown_affine(size, use_udp=use_udp).transform(dict(results))
    got = StandardAugment(size, ops=['BI'], use_udp=use_udp).transform(dict(results))
    np.testing.assert_array_equal(got['img'], expected['img'])
    for key in ('transformed_keypoints', 'bbox_scale', 'input_size', 'input_center', 'input_scale'):
        np.testing.assert_allclose(got[key], expected[key], rtol=1e-6, err_msg=key)
    assert got['transformed_keypoints'].dtype == np.float32
    assert set(expected) <= set(got)


def test_without_keypoints_as_topdown_affine():
    results = face(keypoints=None)
    expected = topdown_affine((32, 32)).transform(dict(results))
    got = StandardAugment((32, 32), epoch=0).transform(dict(results))
    for key in ('transformed_keypoints', 'keypoints_visible'):
        np.testing.assert_array_equal(got[key], expected[key])


def test_context_and_mean_scale():
    """FaRL's AFLW setting: mu 1 shows the box itself, whatever padding the pipeline had."""
    plain = StandardAugment((64, 64), ops=[], scale_mu=1, context=1).transform(face())
    padded = StandardAugment((64, 64), ops=[], scale_mu=1, context=1.25).transform(
        face(bbox_scale=face()['bbox_scale'] * 1.25)
    )
    np.testing.assert_allclose(padded['input_scale'], [100, 100])
    np.testing.assert_array_equal(padded['img'], plain['img'])


@pytest.fixture(scope='module')
def draws():
    """Scale, rotation and shift of 3000 crops, recovered from the landmarks alone."""
    augment = StandardAugment((64, 128), ops=['RM'], epoch=0)
    crop = StandardAugment((64, 128), ops=[]).transform(face())
    middle = np.array([32, 64])
    found = []
    for index in range(3000):
        results = augment.transform(face(sample_idx=index))
        scale, rotation, shift = similarity(
            crop['transformed_keypoints'][0] - middle, results['transformed_keypoints'][0] - middle
        )
        found.append([scale * 0.8, rotation, *(shift / [64, 128])])
    return np.array(found).T


@pytest.mark.parametrize(
    ('row', 'low', 'high'), [(0, 0.7, 0.9), (1, -0.174, 0.174), (2, -0.05, 0.05), (3, -0.05, 0.05)]
)
def test_distribution_of_the_random_matrix(draws, row, low, high):
    values = draws[row]
    assert low - 1e-4 <= values.min() < values.max() <= high + 1e-4
    assert stats.kstest(values, 'uniform', (low, high - low)).pvalue > 0.01


def test_draws_are_independent(draws):
    correlation = np.corrcoef(draws)
    assert np.abs(correlation - np.eye(4)).max() < 0.06


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([(256, 256), (192, 256)]))
def test_landmarks_follow_the_warp(index, use_udp, size):
    """A dot drawn on a landmark of the image is found where the transform puts the landmark."""
    y, x = np.mgrid[:120, :140]
    (px, py), point = POINTS[0, 3], POINTS[:, 3:]
    dot = 255 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * 2.0**2))
    image = np.repeat(dot[..., None], 3, axis=2).astype(np.uint8)
    augment = StandardAugment(size, ops=['RM', 'BI'], use_udp=use_udp, epoch=0)
    results = augment.transform(face(img=image, keypoints=point, sample_idx=index))
    mass = results['img'][..., 0].astype(float)
    rows, columns = np.mgrid[: size[1], : size[0]]
    centroid = [(mass * columns).sum() / mass.sum(), (mass * rows).sum() / mass.sum()]
    np.testing.assert_allclose(results['transformed_keypoints'][0, 0], centroid, atol=0.1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([(64, 64), (48, 64)]))
def test_predictions_map_back_to_the_image(index, size):
    """As ``TopdownPoseEstimator`` maps them; MMPose ignores the rotation there."""
    augment = StandardAugment(size, ops=['RM'], epoch=0)
    with mock.patch.object(standard, 'ROTATION', 0):
        results = augment.transform(face(sample_idx=index))
    scale = results['input_scale']
    back = results['transformed_keypoints'] / results['input_size'] * scale
    back = back + results['input_center'] - 0.5 * scale
    np.testing.assert_allclose(back, POINTS, atol=1e-3)


def test_nearest_without_bilinear():
    image = face()['img'] // 128 * 255
    nearest, bilinear = (
        StandardAugment((256, 256), ops=ops, epoch=0).transform(face(img=image))['img']
        for ops in (['RM'], ['RM', 'BI'])
    )
    assert set(np.unique(nearest)) == {0, 255}
    assert len(np.unique(bilinear)) > 10


def test_geometry_and_pixels_can_be_two_transforms():
    whole = StandardAugment((64, 64), epoch=4).transform(face(sample_idx=9))
    first = StandardAugment((64, 64), ops=['BI', 'RM'], epoch=4).transform(face(sample_idx=9))
    second = StandardAugment(epoch=4).transform({'img': first['img'], 'sample_idx': 9})
    np.testing.assert_array_equal(second['img'], whole['img'])


def test_operations_run_in_one_order():
    ops = ['RB', 'RGm', 'RGr', 'NF', 'RO', 'BI', 'RM']
    shuffled = StandardAugment((64, 64), ops=ops, epoch=0).transform(face())
    default = StandardAugment((64, 64), epoch=0).transform(face())
    np.testing.assert_array_equal(shuffled['img'], default['img'])


def test_inputs_are_left_alone():
    results = face()
    before = {k: np.copy(v) for k, v in results.items()}
    StandardAugment((64, 64), epoch=0).transform(dict(results))
    StandardAugment(epoch=0).transform(dict(results))
    for key, value in before.items():
        np.testing.assert_array_equal(results[key], value)


class Faces(Dataset):
    """Augmented crops of one face under many indices, for dataloader workers."""

    def __init__(self):
        self.augment = StandardAugment((64, 64))

    def __len__(self):
        return 6

    def __getitem__(self, index):
        results = self.augment.transform(face(sample_idx=index))
        return np.concatenate([results['img'].ravel(), results['transformed_keypoints'].ravel()])


@pytest.mark.parametrize('method', ['fork', 'spawn'])
def test_replay_in_workers(method):
    """The same pixels in the main process and in persistent workers, for each epoch."""
    loader = DataLoader(
        Faces(), 3, num_workers=1, persistent_workers=True, multiprocessing_context=method
    )
    seen = []
    for epoch in (3, 4):
        EPOCH.set(epoch, seed=7)
        expected = np.stack([Faces()[i] for i in range(6)])
        got = np.concatenate([batch.numpy() for batch in loader])
        np.testing.assert_array_equal(got, expected)
        seen.append(expected)
    assert not np.array_equal(*seen)


def test_views_and_samples_differ():
    augment = StandardAugment(epoch=0)
    image = face()['img']
    keys = [{'sample_idx': 0}, {'sample_idx': 0, 'view': 1}, {'sample_idx': 1}]
    first, view, sample = (augment.transform({'img': image, **k})['img'] for k in keys)
    assert not np.array_equal(first, view)
    assert not np.array_equal(first, sample)


def test_unknown_epoch():
    with pytest.raises(RuntimeError, match='EpochSampler'):
        StandardAugment((64, 64)).transform(face())
    StandardAugment((64, 64), ops=['BI']).transform(face())  # draws nothing


def test_in_a_stock_pipeline(real_faces):
    """Stock WFLW pipeline, StandardAugment for TopdownAffine: targets sit on the landmarks."""
    init_default_scope('mmpose')
    codec = {'type': 'MSRAHeatmap', 'input_size': (256, 256), 'heatmap_size': (64, 64), 'sigma': 2}
    pipeline = [
        {'type': 'LoadImage'},
        {'type': 'GetBBoxCenterScale'},
        {'type': 'RandomFlip', 'direction': 'horizontal'},
        {'type': 'StandardAugment', 'input_size': (256, 256), 'epoch': 0},
        {'type': 'GenerateTarget', 'encoder': codec},
        {'type': 'PackPoseInputs', 'pack_transformed': True},
    ]
    dataset = {
        'type': 'WFLWDataset',
        'ann_file': str(real_faces / 'samples/wflw/test_wflw.json'),
        'data_prefix': {'img': str(real_faces / 'samples/wflw')},
        'pipeline': pipeline,
    }
    packed = DATASETS.build(dataset)[0]
    assert packed['inputs'].shape == (3, 256, 256)
    landmarks = packed['data_samples'].gt_instances.transformed_keypoints[0]
    heatmaps = packed['data_samples'].gt_fields.heatmaps.numpy()
    inside = ((landmarks >= 0) & (landmarks < 254)).all(1)
    peaks = heatmaps.reshape(98, -1).argmax(1)
    found = np.stack([peaks % 64, peaks // 64], 1) * 4
    assert inside.sum() > 60
    assert np.abs(found - landmarks)[inside].max() <= 2.01


TABLE5 = {
    'rm_ro': ['RM', 'RO'],
    'rm_ro_rgr': ['RM', 'RO', 'RGr'],
    'rm_ro_rgr_rgm': ['RM', 'RO', 'RGr', 'RGm'],
    'rm_ro_rgr_rgm_rb': ['RM', 'RO', 'RGr', 'RGm', 'RB'],
    'rm_bi_ro_rgr_rgm_rb': ['RM', 'BI', 'RO', 'RGr', 'RGm', 'RB'],
    'rm_bi_ro_nf_rgr_rgm_rb': ['RM', 'BI', 'RO', 'NF', 'RGr', 'RGm', 'RB'],
}


@pytest.mark.parametrize('row', TABLE5)
@pytest.mark.parametrize('fifa', [False, True])
def test_table5(row, fifa):
    config = Config.fromfile(ROOT / 'configs' / 'table5' / f'{row}{"_fifa" if fifa else ""}.py')
    pipeline = config.train_dataloader.dataset.pipeline
    (augment,) = [t for t in pipeline if t['type'] == 'StandardAugment']
    assert (
        list(StandardAugment(**{k: v for k, v in augment.items() if k != 'type'}).ops)
        == (TABLE5[row])
    )
    assert [t.get('views', 1) for t in pipeline if t['type'] == 'FiducialFocus'] == [1] * fifa
    assert config.model.type == 'TopdownPoseEstimator'


def test_built_from_a_config_file(tmp_path):
    (tmp_path / 'c.py').write_text("augment = dict(type='StandardAugment', input_size=[64, 48])")
    augment = TRANSFORMS.build(Config.fromfile(tmp_path / 'c.py').augment)
    assert augment.input_size == (64, 48)
    assert repr(augment).startswith("StandardAugment(input_size=(64, 48), ops=['RM', 'BI'")


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'ops': ['RM', 'XX']}, 'XX'),
        ({'ops': ['RO', 'RO']}, 'repeat'),
        ({'ops': 'RM'}, 'list of names'),
        ({'input_size': None, 'ops': ['RM', 'RO']}, "'RM'.*input_size"),
        ({'input_size': None, 'ops': ['BI']}, "'BI'.*input_size"),
        ({'input_size': (64.5, 64)}, '64.5'),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        StandardAugment(**{'input_size': (64, 64), **arguments})


@pytest.mark.parametrize(
    ('keys', 'message'),
    [
        ({'img': np.zeros((8, 8), np.uint8)}, r'img.*\(8, 8\)'),
        ({'img': np.zeros((8, 8, 1), np.uint8)}, r'\(8, 8, 1\)'),
        ({'img': np.zeros((8, 8, 4), np.uint8)}, r'\(8, 8, 4\)'),
        ({'img': np.zeros((8, 8, 3), np.float32)}, 'float32'),
        ({'img': [np.zeros((8, 8, 3), np.uint8)]}, 'list'),
        ({'bbox_center': np.zeros((2, 2))}, r'bbox_center.*\(2, 2\)'),
        ({'bbox_scale': np.array([[0.0, 10.0]])}, 'area'),
        ({'bbox_scale': np.array([[np.nan, 10.0]])}, 'finite'),
        ({'keypoints': np.where(POINTS == 95, np.nan, POINTS)}, r'NaN.*\[2\]'),
    ],
)
def test_bad_results(keys, message):
    with pytest.raises(ValueError, match=message):
        StandardAugment((64, 64), epoch=0).transform(face(img_path='a.jpg', **keys))


@pytest.mark.parametrize('key', ['img', 'bbox_center', 'bbox_scale'])
def test_missing_key(key):
    results = face()
    del results[key]
    with pytest.raises(ValueError, match=rf"needs the keys \['{key}'\]"):
        StandardAugment((64, 64), epoch=0).transform(results)
