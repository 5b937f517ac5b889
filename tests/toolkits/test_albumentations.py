"""The augmentation outside MMPose."""

import albumentations
import numpy as np
import pytest
from torch.utils.data import DataLoader

from fifa_mm.albumentations import FiducialFocus
from fifa_mm.functional import paint_patches

IMAGE = np.random.default_rng(0).integers(1, 256, (64, 64, 3), dtype=np.uint8)
POINTS = np.array([[10.3, 20.0], [40.0, 41.5], [70.0, 5.0]])
XY = albumentations.KeypointParams(format='xy', remove_invisible=False)


def pipeline(*transforms):
    return albumentations.Compose(list(transforms), keypoint_params=XY, seed=1)


def test_paints_as_the_function_does_and_keeps_every_landmark():
    focus = FiducialFocus()
    focus.set_epoch(7)
    result = pipeline(focus)(image=IMAGE, keypoints=POINTS, mask=IMAGE[..., 0])
    np.testing.assert_array_equal(result['image'], paint_patches(IMAGE, POINTS, 4))
    np.testing.assert_array_equal(result['keypoints'], POINTS.astype(np.float32))
    np.testing.assert_array_equal(result['mask'], IMAGE[..., 0])


def test_follows_a_flip_before_it():
    focus = FiducialFocus(patch_size=1)
    focus.set_epoch(0)
    result = pipeline(albumentations.HorizontalFlip(p=1), focus)(image=IMAGE, keypoints=POINTS)
    expected = paint_patches(IMAGE[:, ::-1], np.array([[63 - 10.3, 20], [23, 41.5]]), 1)
    np.testing.assert_array_equal(result['image'], expected)


class Faces:
    def __init__(self, transform):
        self.transform = transform

    def __len__(self):
        return 4

    def __getitem__(self, index):
        image = np.full((32, 32, 3), 255, np.uint8)
        result = self.transform(image=image, keypoints=[[16.0, 16.0]])
        return int((result['image'] == 0).all(axis=2).sum())


@pytest.mark.parametrize('workers', [0, 1])
def test_persistent_workers_see_the_epoch(workers):
    focus = FiducialFocus(patch_size=3, interval=1)
    loader = DataLoader(Faces(pipeline(focus)), num_workers=workers, persistent_workers=workers > 0)
    for epoch, painted in enumerate([9, 4, 1, 0, 0]):
        focus.set_epoch(epoch)
        assert [int(pixels) for pixels in loader] == [painted] * 4


def test_serialises():
    data = albumentations.to_dict(pipeline(FiducialFocus(patch_size=3, interval=[1, 2, 3])))
    restored = albumentations.from_dict(data).transforms[0]
    assert (restored.patch_size, restored.interval) == (3, [1, 2, 3])


def test_unknown_epoch_says_what_to_call():
    with pytest.raises(RuntimeError, match='set_epoch'):
        pipeline(FiducialFocus())(image=IMAGE, keypoints=POINTS)


@pytest.mark.parametrize(
    ('arguments', 'named'), [({'patch_size': 0}, 'patch_size'), ({'fill': 'x'}, 'fill')]
)
def test_refuses_at_construction(arguments, named):
    with pytest.raises(ValueError, match=named):
        FiducialFocus(**arguments)


def test_refuses_a_negative_epoch_and_missing_landmarks():
    focus = FiducialFocus()
    with pytest.raises(ValueError, match='epoch'):
        focus.set_epoch(-1)
    focus.set_epoch(0)
    with pytest.raises(ValueError, match='keypoints'):
        albumentations.Compose([focus])(image=IMAGE)
