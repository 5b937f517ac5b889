"""Canonical correlation of the features at the landmarks of two views."""

import torch
from mmpose.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from fifa_mm.models.losses.canonical_correlation import (
    CCALoss,
    mean_canonical_correlation,
    projected,
    sum_over_processes,
)
from fifa_mm.models.losses.correlation import check_same_shape


@MODELS.register_module()
class LandmarkCCALoss(CCALoss):
    """Minus the mean canonical correlation at the landmarks, between -1 and 0. Not in the paper.

    A sample is a landmark of a face: the features of each view at its own place of that landmark,
    minus their mean over the faces of the batch, so that which landmark it is has no part in the
    correlation. CCA as in :class:`fifa_mm.SpatialCCALoss`. Meant for two views of geometries of
    their own, :class:`fifa_mm.IndependentViews`. **Deviation**: Eq. 4 has one draw for both.

    Args:
        dims: dimensions kept by a fixed random orthonormal projection; fewer channels stay as they
            are.
        r: ridge on both covariances as a share of the mean variance, above 0.
        loss_weight: factor of the loss.

    Raises:
        ValueError: ``dims`` below 1, ``r`` not above 0.
    """

    compares = 'landmarks'

    def forward(self, clean: Tensor, patched: Tensor, weights: Tensor) -> Tensor:
        """Loss of two views.

        Args:
            clean: features (B, K, C) at the landmarks of the clean views.
            patched: those of the patched ones.
            weights: (B, K), above 0 where a landmark is labelled in both views.

        Returns:
            scalar, float32 (float64 if the features are).

        Raises:
            ValueError: unlike shapes, or fewer samples, labelled landmarks over all processes less
                one face's, than twice the dimensions plus one.
        """
        check_same_shape(clean, patched)
        dtype = torch.promote_types(clean.dtype, torch.float32)
        with torch.autocast(clean.device.type, enabled=False):
            labelled = (weights > 0).to(dtype)
            dims = min(self.dims, clean.shape[-1])
            self._check_count(labelled, dims)
            samples = []
            for x in (clean, patched):
                x = projected(x.to(dtype).flatten(0, 1), dims).reshape(*labelled.shape, dims)
                samples.append(centred_per_landmark(x, labelled)[labelled > 0])
            a, b = samples
            mean = mean_canonical_correlation(a, b, self.r).to(dtype)
        return -self.loss_weight * mean

    def _check_count(self, labelled: Tensor, dims: int) -> None:
        faces = sum_over_processes()(labelled.sum(0))
        free = int((faces - 1).clamp_min(0).sum())
        if free < 2 * dims + 1:
            raise ValueError(
                f'LandmarkCCALoss needs at least {2 * dims + 1} labelled landmarks beside the '
                f'first face of each, for {dims} dimensions over all processes, got {free} in a '
                f'batch of {len(labelled)} faces: enlarge the batch or lower dims'
            )


def centred_per_landmark(x: Tensor, labelled: Tensor) -> Tensor:
    """x minus the mean of each landmark over the labelled faces of all processes.

    Args:
        x: (B, K, d).
        labelled: (B, K), 1 or 0.

    Returns:
        (B, K, d).
    """
    reduce = sum_over_processes()
    count = reduce(labelled.sum(0)).clamp_min(1)
    total = reduce(torch.einsum('bkd,bk->kd', x, labelled))
    return x - total / count[:, None]


def sample_at(feature: Tensor, points: Tensor) -> Tensor:
    """Bilinear samples of a map.

    Args:
        feature: (B, C, H, W).
        points: (B, K, 2), x and y as shares of the map's sides, from 0 at the outer edge of the
            first pixel to 1 at that of the last.

    Returns:
        (B, K, C).
    """
    grid = (2 * points - 1).to(feature)[:, :, None]
    return F.grid_sample(feature, grid, align_corners=False)[..., 0].mT
