"""Fiducial Focus Augmentation for albumentations pipelines, outside MMPose."""

import albumentations
import numpy as np
from albumentations.core.type_definitions import Targets

from fifa_mm.epoch import SharedEpoch
from fifa_mm.transforms.painting import check_options, paint_patches, patch_side, scaled_side


class FiducialFocus(albumentations.DualTransform):
    """Patches on the landmarks that shrink as training goes on, then vanish.

    The painting and the schedule of :class:`fifa_mm.FiducialFocus`. Call :meth:`set_epoch` before
    every epoch; dataloader workers see it, persistent ones too. Goes last, on the raw image. Give
    ``Compose`` ``keypoint_params=KeypointParams(format='xy', remove_invisible=False)``, so that no
    landmark is lost. Landmarks, masks and boxes pass through unchanged.

    Args:
        patch_size, interval, order, fill, reference_size: As in :class:`fifa_mm.FiducialFocus`.
        p (float): Share of the images that are painted (paper: 1).

    Targets:
        image (H, W, 3), keypoints, mask, bboxes

    Image types:
        uint8, float32

    Raises:
        ValueError: an argument outside its range; an image or landmarks that cannot be painted.
        RuntimeError: nobody called ``set_epoch``.
    """

    _targets = (Targets.IMAGE, Targets.KEYPOINTS, Targets.MASK, Targets.BBOXES)

    def __init__(
        self, patch_size=5, interval=5, order='shrink', fill=0, reference_size=None, p=1.0
    ):
        check_options(patch_size, interval, order, fill, reference_size)
        super().__init__(p=p)
        self.patch_size = patch_size
        self.interval = interval
        self.order = order
        self.fill = fill
        self.reference_size = reference_size
        self._epoch = SharedEpoch()

    def set_epoch(self, epoch):
        """Say which epoch begins, counted from 0."""
        if epoch < 0:
            raise ValueError(f'epoch must be at least 0, got {epoch!r}')
        self._epoch.set(epoch)

    @property
    def targets_as_params(self):
        return ['image', 'keypoints']

    def get_params_dependent_on_data(self, params, data):
        """Landmarks (K, 2) and the side of the patches in pixels."""
        try:
            epoch = self._epoch.get()
        except RuntimeError:
            raise RuntimeError(
                'the training epoch is unknown: call `set_epoch(epoch)` of fifa_mm.albumentations.'
                'FiducialFocus before every epoch'
            ) from None
        side = patch_side(epoch, self.patch_size, self.interval, self.order, self.random_generator)
        side = scaled_side(side, data['image'].shape, self.reference_size)
        return {'landmarks': np.asarray(data['keypoints'])[:, :2], 'side': side}

    def apply(self, img, landmarks, side, **params):
        return paint_patches(img, landmarks, side, fill=self.fill, rng=self.random_generator)

    def apply_to_keypoints(self, keypoints, **params):
        return keypoints

    def apply_to_mask(self, mask, **params):
        return mask

    def apply_to_bboxes(self, bboxes, **params):
        return bboxes
