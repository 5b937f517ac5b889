"""Fiducial Focus Augmentation as an MMPose transform."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform, Compose
from mmpose.registry import TRANSFORMS

from fifa_mm.checks import choice, integer, number
from fifa_mm.focus.epoch import EPOCH, sample_generator
from fifa_mm.focus.painting import check_image, check_options, paint_patches
from fifa_mm.focus.schedule import patch_side, scaled_side


@TRANSFORMS.register_module()
class FiducialFocus(BaseTransform):
    """Patches on the ground-truth landmarks that shrink as training goes on, then vanish.

    Paper: *Fiducial Focus Augmentation for Facial Landmark Detection*, BMVC 2023, Sec. 3, Eq. 3-6
    and Alg. 1. Goes after ``TopdownAffine`` and the colour augmentation, on the raw image; the
    patches are pixels of the network's input. Landmarks and targets stay as they are. The epoch
    comes from :class:`fifa_mm.EpochSampler`.

    Required Keys:

        - img: (H, W, 3)
        - transformed_keypoints: (N, K, 2), or where absent keypoints
        - keypoints_visible (optional): (N, K) or (N, K, 2)
        - sample_idx (optional)
        - view (optional): 0 for the first of :class:`fifa_mm.IndependentViews`, which stays clean

    Modified Keys:

        - img: the painted image; with ``views=2`` the list [I', I''] of the clean and the painted,
          while there are patches

    Args:
        patch_size: Side of the first patches in pixels, at least 1 (paper: n).
        interval: Epochs until the patches shrink by a pixel, or one length
            for each of the ``patch_size`` stages (paper: E, 1 to n).
        order: ``'shrink'`` (the paper), ``'grow'``, ``'random'`` or ``'constant'``, see
            :func:`fifa_mm.functional.patch_side`.
        fill: Grey value, colour in the image's channel order,
            ``'mean'`` or ``'noise'``, see
            :func:`fifa_mm.functional.paint_patches`. The paper's is black.
        reference_size: Input size in pixels that the sides are meant for: they are
            scaled by (longer side of the image) / ``reference_size``, rounded, at least 1. By
            default they are pixels of any input.
        views: 1, or 2 for :class:`fifa_mm.SiamesePoseEstimator`. In an epoch with patches
            every sample has two, painted or not.
        after: What comes once the patches are gone: ``'same'``, one image, for both views are
            equal (Eq. 6 to the letter), or ``'independent'``, two draws of ``augment`` (not in the
            paper).
        augment: Transforms of the image alone which this one
            applies before it paints, for instance the photometric part of ``StandardAugment``.
        prob: Share of the samples that are painted, 0 to 1 (paper: 1).
        epoch: Fixed epoch, to look at a dataset without training.

    Raises:
        ValueError: an argument outside its range; a result without image or landmarks, or with ones
            that cannot be painted.
        RuntimeError: nobody sets the epoch.
    """

    def __init__(
        self,
        patch_size: int = 5,
        interval: int | Sequence[int] = 5,
        order: str = 'shrink',
        fill: Any = 0,
        reference_size: int | None = None,
        views: int = 1,
        after: str = 'same',
        augment: Any = None,
        prob: float = 1.0,
        epoch: int | None = None,
    ) -> None:
        check_options(patch_size, interval, order, fill, reference_size)
        integer('views', views, 1, 2)
        choice('after', after, ('same', 'independent'))
        if after == 'independent' and (views == 1 or augment is None):
            raise ValueError(
                "after='independent' draws `augment` once for each of two views: it needs views=2 "
                f'and augment=[...], got views={views!r}, augment={augment!r}'
            )
        number('prob', prob, 0, 1)
        integer('epoch', epoch, 0, optional=True)
        self.patch_size = patch_size
        self.interval = interval
        self.order = order
        self.fill = fill
        self.reference_size = reference_size
        self.views = views
        self.after = after
        self.augment = None if augment is None else _compose(augment)
        self.prob = prob
        self.epoch = epoch
        self._shared_epoch = EPOCH

    def patch_side(
        self, epoch: int, image_shape: Sequence[int], rng: np.random.Generator | None = None
    ) -> int:
        """Side in pixels of the patches in an epoch, on an image of shape (H, W, ...)."""
        side = patch_side(epoch, self.patch_size, self.interval, self.order, rng)
        return scaled_side(side, image_shape, self.reference_size)

    def transform(self, results: dict) -> dict:
        """Paint one sample. Draws come from (seed, epoch, sample index) alone."""
        if 'img' not in results:
            raise ValueError(f'FiducialFocus needs the key `img`, got the keys {sorted(results)}')
        check_image(results['img'])
        epoch = self._shared_epoch.get() if self.epoch is None else self.epoch
        rng = None
        if self.order == 'random' or self.fill == 'noise' or self.prob < 1:
            rng = sample_generator(results, 'FiducialFocus', epoch)
        clean = self._augmented(results)
        side = self.patch_side(epoch, clean.shape, rng)
        paint = side > 0 and (rng is None or self.prob == 1 or rng.random() < self.prob)
        second = clean
        if paint and results.get('view') != 0:
            keypoints, visible = landmarks(results)
            second = paint_patches(clean, keypoints, side, visible, self.fill, rng)
        elif side == 0 and self.after == 'independent':
            second = self._augmented({**results, 'view': 1})
            check_one_size(clean, second)
        two = self.views == 2 and (side > 0 or self.after == 'independent')
        results['img'] = [clean, second] if two else second
        return results

    def _augmented(self, results: dict[str, Any]) -> np.ndarray:
        return results['img'] if self.augment is None else self.augment({**results})['img']

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(patch_size={self.patch_size}, interval={self.interval}, '
            f'order={self.order!r}, fill={self.fill!r}, reference_size={self.reference_size}, '
            f'views={self.views}, after={self.after!r}, augment={self.augment}, '
            f'prob={self.prob}, epoch={self.epoch})'
        )


def check_one_size(first: np.ndarray, second: np.ndarray) -> None:
    """Raise ValueError if two views are of unlike sizes."""
    if first.shape != second.shape:
        raise ValueError(
            f'augment must give two views of one size, got {first.shape} and {second.shape}'
        )


def landmarks(results: dict[str, Any]) -> tuple[np.ndarray, np.ndarray | None]:
    """Landmarks (N, K, 2) in pixels of ``results['img']`` and their visibility (N, K) or None.

    Raises:
        ValueError: there are none.
    """
    for key in ('transformed_keypoints', 'keypoints'):
        keypoints = results.get(key)
        if keypoints is not None and np.ndim(keypoints) >= 2:
            break
    else:
        raise ValueError(
            'FiducialFocus needs landmarks in `transformed_keypoints` or `keypoints`, '
            f'got the keys {sorted(results)}'
        )
    visible = results.get('keypoints_visible')
    if visible is not None and np.ndim(visible) == np.ndim(keypoints):
        visible = visible[..., 0]  # MMPose keeps (visibility, weight) in the last axis
    return keypoints, visible


def _compose(transforms: Any) -> Compose:
    """MMCV's Compose of transforms given as configs."""
    transforms = [transforms] if isinstance(transforms, dict) else transforms
    return Compose([TRANSFORMS.build(t) if isinstance(t, dict) else t for t in transforms])
