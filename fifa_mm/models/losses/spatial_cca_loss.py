"""Canonical correlation of what differs between the positions of an image."""

import torch
from mmpose.registry import MODELS
from torch import Tensor

from fifa_mm.models.losses.canonical_correlation import (
    CCALoss,
    mean_canonical_correlation,
    projected,
)
from fifa_mm.models.losses.correlation import check_same_shape


@MODELS.register_module()
class SpatialCCALoss(CCALoss):
    """Minus the mean canonical correlation within images, between -1 and 0. Not in the paper.

    CCA as in :class:`fifa_mm.DCCALoss` (Andrew et al., *Deep Canonical Correlation Analysis*, ICML
    2013) on maps from which every image's mean was taken: a number that differs between images
    alone has no part in it, and whitening leaves nothing to gain by copying one component into many
    channels. The patched view is the teacher, a constant here, as in
    :class:`fifa_mm.OutputCorrelationLoss`.

    Args:
        dims: dimensions kept by a fixed random orthonormal projection; fewer channels stay as they
            are.
        r: ridge on both covariances as a share of the mean variance, above 0.
        loss_weight: factor of the loss.

    Raises:
        ValueError: ``dims`` below 1, ``r`` not above 0.
    """

    def forward(self, clean: Tensor, patched: Tensor) -> Tensor:
        """Loss of two views.

        Args:
            clean: features (B, C, H, W) of the clean views.
            patched: those of the patched ones.

        Returns:
            scalar, float32 (float64 if the features are).

        Raises:
            ValueError: unlike shapes, features without positions, or fewer samples, B H W over all
                processes, than twice the dimensions plus one.
        """
        check_same_shape(clean, patched)
        if clean.ndim < 3:
            raise ValueError(
                f'SpatialCCALoss compares maps (B, C, H, W), got features {[*clean.shape]}'
            )
        dtype = torch.promote_types(clean.dtype, torch.float32)
        with torch.autocast(clean.device.type, enabled=False):
            views = (projected(x.to(dtype), self.dims) for x in (clean, patched.detach()))
            a, b = (x - x.mean(2, keepdim=True) for x in views)
            mean = mean_canonical_correlation(a, b, self.r).to(dtype)
        return -self.loss_weight * mean
