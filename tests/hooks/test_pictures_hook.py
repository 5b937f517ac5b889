"""Which samples are drawn, and where the schedule is found."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.datasets.transforms import TopdownAffine
from mmpose.structures import PoseDataSample

from fifa_mm import FiducialFocus
from fifa_mm.hooks.pictures_hook import PicturesHook, face, find_focus, to_input

META = {'input_center': [5, 5], 'input_scale': [10, 10], 'input_size': [20, 20]}
IMAGE = torch.zeros(3, 20, 20, dtype=torch.uint8)


def sample(truth, predicted, meta=META):
    truth = np.array(truth, float)
    sample = PoseDataSample(metainfo=meta)
    sample.gt_instances = InstanceData(
        keypoints=truth, keypoints_visible=np.isfinite(truth).all(axis=-1).astype(float)
    )
    sample.pred_instances = InstanceData(keypoints=np.array(predicted, float))
    return sample


def test_all_instances_in_pixels_of_the_input():
    truth = [[[1, 2], [np.nan, np.nan]], [[3, 4], [5, 6]]]
    image, true, predicted = face(IMAGE, sample(truth, [[[1, 2, 9], [np.nan, 0, 9]]]))
    assert image.shape == (20, 20, 3)
    assert true.tolist() == [[2, 4], [6, 8], [10, 12]]
    np.testing.assert_array_equal(predicted, [[2, 4], [np.nan, 0]])


def test_nobody_found():
    nobody = np.empty((0, 2, 2))
    assert face(IMAGE, sample(nobody, nobody))[2].shape == (0, 2)


@pytest.mark.parametrize(
    ('image', 'drawn'),
    [
        (IMAGE, sample([[[1, 2]]], [[[1, 2]]], {})),
        ([IMAGE, IMAGE], sample([[[1, 2]]], [[[1, 2]]])),
        (torch.zeros(17, 2), sample([[[1, 2]]], [[[1, 2]]])),
        (IMAGE, PoseDataSample(metainfo=META)),
    ],
    ids=['no crop', 'several scales', 'no image', 'no landmarks'],
)
def test_what_cannot_be_drawn_is_left_out(image, drawn):
    hook = PicturesHook()
    good = sample([[[1, 2]]], [[[1, 2]]])
    hook.after_val_iter(None, 0, {'inputs': [image, IMAGE]}, [drawn, good])
    assert len(hook._faces) == 1


def test_focus_through_wrappers():
    focus = FiducialFocus()
    plain = SimpleNamespace(pipeline=SimpleNamespace(transforms=[len]))
    faces = SimpleNamespace(pipeline=SimpleNamespace(transforms=[len, focus]))
    assert find_focus(SimpleNamespace(dataset=SimpleNamespace(datasets=[plain, faces]))) is focus
    assert find_focus(plain) is None


def test_to_input_inverts_the_crop():
    rng = np.random.default_rng(0)
    results = {
        'img': np.zeros((300, 200, 3), np.uint8),
        'bbox_center': np.array([[90.0, 140.0]], np.float32),
        'bbox_scale': np.array([[150.0, 120.0]], np.float32),
        'keypoints': rng.uniform(50, 180, (1, 9, 2)).astype(np.float32),
    }
    results = TopdownAffine(input_size=(128, 128), use_udp=False).transform(results)
    inside = to_input(results['keypoints'], results)
    np.testing.assert_allclose(inside, results['transformed_keypoints'], atol=0.01)
