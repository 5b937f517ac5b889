"""Fiducial Focus Augmentation for albumentations pipelines, outside MMPose."""

from collections.abc import Sequence
from typing import Any

import albumentations
import numpy as np
from albumentations.core.type_definitions import Targets

from fifa_mm.checks import number
from fifa_mm.focus.epoch import EPOCH, set_epoch
from fifa_mm.focus.painting import Fill, check_options, paint_patches
from fifa_mm.focus.schedule import patch_side, scaled_side


class FiducialFocus(albumentations.DualTransform):
    """Patches on the landmarks that shrink as training goes on, then vanish.

    The painting and the schedule of :class:`fifa_mm.FiducialFocus`. Call :func:`fifa_mm.set_epoch`,
    or :meth:`set_epoch`, before every epoch: all transforms of the process and its dataloader
    workers see it, persistent ones and copies that a toolkit serialises too. Goes last, on the raw
    image. Give ``Compose`` ``keypoint_params=KeypointParams(format='xy', remove_invisible=False)``,
    so that no landmark is lost. Landmarks, masks and boxes pass through unchanged.

    Args:
        patch_size, interval, order, fill, reference_size: As in :class:`fifa_mm.FiducialFocus`.
        p: Share of the images that are painted (paper: 1).

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
        self,
        patch_size: int = 5,
        interval: int | Sequence[int] = 5,
        order: str = 'shrink',
        fill: Fill = 0,
        reference_size: float | None = None,
        p: float = 1.0,
    ):
        check_options(patch_size, interval, order, fill, reference_size)
        super().__init__(p=number('p', p, 0, 1))
        self.patch_size = patch_size
        self.interval = interval
        self.order = order
        self.fill = fill
        self.reference_size = reference_size
        self._shared_epoch = EPOCH

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch begins, counted from 0."""
        set_epoch(epoch)

    @property
    def targets_as_params(self) -> list[str]:
        return ['image', 'keypoints']

    def get_params_dependent_on_data(self, params: dict, data: dict) -> dict:
        """Landmarks (K, 2) and the side of the patches in pixels."""
        epoch, rng = self._shared_epoch.get(), self.random_generator
        side = patch_side(epoch, self.patch_size, self.interval, self.order, rng)
        side = scaled_side(side, data['image'].shape, self.reference_size)
        return {'landmarks': np.asarray(data['keypoints'])[:, :2], 'side': side}

    def apply(self, img: np.ndarray, landmarks: np.ndarray, side: int, **params: Any) -> np.ndarray:
        return paint_patches(img, landmarks, side, fill=self.fill, rng=self.random_generator)

    def apply_to_keypoints(self, keypoints: np.ndarray, **params: Any) -> np.ndarray:
        return keypoints

    def apply_to_mask(self, mask: np.ndarray, **params: Any) -> np.ndarray:
        return mask

    def apply_to_bboxes(self, bboxes: np.ndarray, **params: Any) -> np.ndarray:
        return bboxes
