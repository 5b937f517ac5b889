"""Deep canonical correlation analysis as the loss between two views."""

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm import checks
from fifa_mm.models.losses.canonical_correlation import (
    mean_canonical_correlation,
    projected,
    sum_over_processes,
)
from fifa_mm.models.losses.correlation import check_same_shape, correlation

MODES = ('correlation', 'cca')


@MODELS.register_module()
class DCCALoss(nn.Module):
    """Minus the correlation of two views' features, between -1 and 1.

    ``mode='correlation'`` is the paper's Eq. 7-8: Pearson correlation of every channel over all
    images and positions, averaged over the channels (the average is ours, the paper leaves
    it open).

    ``mode='cca'`` is Andrew et al., *Deep Canonical Correlation Analysis*, ICML 2013: the sum of
    the canonical correlations, the samples being all positions of all images. Ours, not theirs:
    features of more than ``dims`` channels are projected onto ``dims`` random orthonormal
    directions, the same for both views and for every run; the sum is divided by the number of
    correlations, so that a weight of 1 means the same in both modes; the ridge is relative.

    What differs between images alone, at every position of a map, is a correlation in either mode:
    channels that hold one and the same number of each image give nearly -1 in the first, and know
    nothing of places in a face. :class:`fifa_mm.SpatialCCALoss` does not see it.

    In distributed training both modes see the samples of all processes. A process's gradient is
    then the number of processes times the gradient of the one loss over the whole batch, which
    DDP's average of the gradients makes equal to it. All processes must call the loss together.

    Args:
        mode: ``'correlation'`` or ``'cca'``.
        dims: ``'cca'``: dimensions kept by the projection.
        r: ``'cca'``: ridge on both covariances as a share of the mean variance, above 0.
        loss_weight: factor of the loss.

    Raises:
        ValueError: an argument outside its range; in the forward pass, views of different shapes,
            or for ``'cca'`` fewer samples than twice the dimensions plus one: then some correlation
            is 1 whatever the features are.
    """

    def __init__(
        self,
        mode: str = 'correlation',
        dims: int = 64,
        r: float = 1e-3,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.mode = checks.choice('mode', mode, MODES)
        self.dims = checks.integer('dims', dims, low=1)
        self.r = checks.number('r', r, above=0)
        self.loss_weight = checks.number('loss_weight', loss_weight)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Loss of two views.

        Args:
            a: features of one view, (B, C, H, W) or (M, C).
            b: features of the other view, of the same shape.

        Returns:
            scalar, float32 (float64 if the features are).
        """
        check_same_shape(a, b)
        with torch.autocast(a.device.type, enabled=False):
            dtype = torch.promote_types(a.dtype, torch.float32)
            a, b = a.to(dtype), b.to(dtype)
            if self.mode == 'correlation':
                mean = correlation(a, b, sum_over_processes()).mean()
            else:
                a, b = (projected(x, self.dims) for x in (a, b))
                mean = mean_canonical_correlation(a, b, self.r).to(dtype)
        return -self.loss_weight * mean
