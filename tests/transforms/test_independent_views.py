"""IndependentViews."""

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmpose.registry import TRANSFORMS

from fifa_mm import IndependentViews, StandardAugment
from fifa_mm.focus.epoch import EPOCH

CODEC = {'type': 'MSRAHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16), 'sigma': 1.0}


def twice(*focus):
    return [
        {'type': 'StandardAugment', 'input_size': (64, 64)},
        *focus,
        {'type': 'GenerateTarget', 'encoder': CODEC},
        {'type': 'PackPoseInputs', 'pack_transformed': True},
    ]


def sample(index=3):
    rng = np.random.default_rng(index)
    return {
        'img': rng.integers(1, 256, (80, 80, 3), dtype=np.uint8),
        'bbox_center': np.array([[40.0, 40.0]], np.float32),
        'bbox_scale': np.array([[64.0, 64.0]], np.float32),
        'keypoints': rng.uniform(25, 55, (1, 4, 2)).astype(np.float32),
        'keypoints_visible': np.ones((1, 4), np.float32),
        'sample_idx': index,
    }


@pytest.fixture(autouse=True)
def _epoch_0():
    EPOCH.set(0, seed=1)
    yield
    EPOCH.clear()


def test_two_draws_with_their_own_landmarks_and_targets():
    before = sample()
    views = TRANSFORMS.build({'type': 'IndependentViews', 'transforms': twice()})
    packed = views({**before})
    first, second = packed['data_samples'], packed['data_samples'].second_view
    assert packed['inputs'].shape == (2, 3, 64, 64)
    assert not torch.equal(*packed['inputs'])
    for view, (image, own) in enumerate(zip(packed['inputs'], (first, second), strict=True)):
        crop = StandardAugment((64, 64))({**before, 'view': view})
        np.testing.assert_array_equal(image.permute(1, 2, 0).numpy(), crop['img'])
        np.testing.assert_array_equal(
            own.gt_instances.transformed_keypoints, crop['transformed_keypoints']
        )
    assert not torch.equal(first.gt_fields.heatmaps, second.gt_fields.heatmaps)
    again = views({**before})
    assert torch.equal(again['inputs'], packed['inputs'])
    for key, value in sample().items():
        np.testing.assert_array_equal(before[key], value)


def test_patches_on_the_second_view_until_they_are_gone():
    focus = {'type': 'FiducialFocus', 'patch_size': 2, 'interval': 1}
    plain = IndependentViews(twice())
    painted = IndependentViews(twice(focus))
    for epoch in range(3):
        EPOCH.set(epoch, seed=1)
        clean, patched = painted(sample())['inputs']
        expected = plain(sample())['inputs']
        assert torch.equal(clean, expected[0])
        assert torch.equal(patched, expected[1]) == (epoch == 2)


def test_a_batch():
    views = IndependentViews(twice())
    batch = pseudo_collate([views(sample(i)) for i in range(3)])
    assert [x.shape for x in batch['inputs']] == [(2, 3, 64, 64)] * 3
    moved = batch['data_samples'][0].to(torch.float64)
    assert moved.second_view.gt_fields.heatmaps.dtype == torch.float64


def test_a_dropped_view_drops_the_sample():
    views = IndependentViews([lambda results: None if results['view'] else results])
    assert views(sample()) is None


def test_bad_transforms():
    with pytest.raises(ValueError, match=r'transforms must be a list of one or more, got \[\]'):
        IndependentViews([])
    with pytest.raises(ValueError, match='must end with PackPoseInputs, got the keys'):
        IndependentViews(twice()[:1])(sample())


def test_views_of_unlike_sizes():
    def crop_the_second(results):
        image = results['img']
        return {**results, 'img': image[:60] if results['view'] else image}

    views = IndependentViews([crop_the_second, {'type': 'PackPoseInputs'}])
    with pytest.raises(ValueError, match=r'one shape .*\(3, 80, 80\) and \(3, 60, 80\)'):
        views(sample())


def test_two_views_inside_two_views():
    focus = {'type': 'FiducialFocus', 'views': 2}
    with pytest.raises(ValueError, match=r'one shape \(C, H, W\), got \(2, 3, 64, 64\)'):
        IndependentViews(twice(focus))(sample())
