"""SLPT's crop is 1.2 times the landmarks' box, whatever boxes a dataset has, as its start is."""

import copy

import numpy as np
import pytest
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed
from mmpose.registry import DATASETS, MODELS

from fifa_mm.reproduce.cell_config import cell_config
from fifa_mm.reproduce.profiles import CONFIGS, PROFILES

SIDE = 128
SPAN = 1 / 1.2  # of the crop


def tight(face):
    """As MMPose reads 300-W: centre and scale of the landmarks, the longer side for both."""
    low, high = face['keypoints'][0].min(0), face['keypoints'][0].max(0)
    face['bbox_center'] = ((low + high) / 2)[None]
    face['bbox_scale'] = np.full((1, 2), (high - low).max(), np.float32)


def detected(face):
    """As COFW's: a box of another size and place than the landmarks', without their centre."""
    low, high = face['keypoints'][0].min(0), face['keypoints'][0].max(0)
    side = high - low
    face['bbox'] = np.r_[low - [0.3, 0.1] * side, high + [0.0, 0.25] * side][None]
    face.pop('bbox_center', None)
    face.pop('bbox_scale', None)


def cell(profile):
    init_default_scope('mmpose')
    return cell_config('table7/slpt.py', PROFILES[profile], SIDE, 'cpu')


def faces(cfg, split, count):
    """Faces of a dataset as they come to its pipeline."""
    config = copy.deepcopy(cfg[f'{split}_dataloader'].dataset)
    config.pipeline = []
    dataset = DATASETS.build(config)
    order = np.linspace(0, len(dataset) - 1, count).astype(int)
    return [copy.deepcopy(dataset[int(i)]) for i in order]


def crops(cfg, split, found):
    """Landmarks and weights of faces, in shares of the crop that the split's pipeline makes."""
    steps = [s for s in cfg[f'{split}_dataloader'].dataset.pipeline if s.type != 'PackPoseInputs']
    pipeline = Compose(steps)
    results = [pipeline(face) for face in found]
    return np.array([r['transformed_keypoints'][0] for r in results]) / SIDE, results


def spans(points):
    """Longer side of the box around landmarks (..., K, 2)."""
    return np.ptp(points, axis=-2).max(-1)


def start(cfg):
    """The mean shape as the built head has it, shares of the crop."""
    return MODELS.build(cfg.model.head).mean_shape.numpy()


def check(cfg, split, found):
    landmarks, _ = crops(cfg, split, found)
    measured, expected = spans(landmarks).mean(), spans(start(cfg))
    assert expected == pytest.approx(SPAN, abs=1e-3)
    assert measured == pytest.approx(expected, rel=0.05)
    middle = (landmarks.min(1) + landmarks.max(1)).mean(0) / 2
    np.testing.assert_allclose(middle, 0.5, atol=0.03)
    if split == 'test':
        np.testing.assert_allclose(spans(landmarks), SPAN, atol=0.002)
        assert landmarks.min() > 0
        assert landmarks.max() < 1


@pytest.mark.parametrize('split', ['train', 'test'])
@pytest.mark.parametrize('box', [tight, detected])
def test_rendered_faces(box, split):
    cfg = cell('synthetic')
    found = faces(cfg, split, 60)
    for face in found:
        box(face)
    set_random_seed(0)
    check(cfg, split, found)


@pytest.mark.parametrize('split', ['train', 'test'])
@pytest.mark.parametrize('profile', ['faces300w', 'cofw29'])
def test_real_faces(real_faces, monkeypatch, profile, split):
    monkeypatch.chdir(CONFIGS.parent)
    cfg = cell(profile)
    set_random_seed(0)
    check(cfg, split, faces(cfg, split, 100))


def test_landmarks_outside_the_crop_are_learned_from():
    cfg = cell('synthetic')
    set_random_seed(0)
    landmarks, results = crops(cfg, 'train', faces(cfg, 'train', 60))
    outside = ((landmarks < 0) | (landmarks > 1)).any(-1)
    assert outside.any()
    assert all((r['keypoint_weights'] == 1).all() for r in results)
    labels = np.array([r['keypoint_labels'][0] for r in results])
    np.testing.assert_allclose(labels, landmarks, atol=1e-5)


@pytest.mark.parametrize('profile', PROFILES)
def test_every_profile_crops_by_the_landmarks(profile):
    cfg = cell(profile)
    for split in ('train', 'val', 'test'):
        pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
        assert [step.type for step in pipeline[1:3]] == ['LandmarkBox', 'GetBBoxCenterScale']
        assert pipeline[2].padding == 1.2
