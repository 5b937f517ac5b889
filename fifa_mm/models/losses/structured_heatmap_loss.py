"""Landmarks without soft-argmax: a structured loss of heatmaps.

Source: Yang and Yeh, Heatmap Regression without Soft-argmax for Facial Landmark Detection, ICCV
2025 (arXiv 2508.14929). B images, K landmarks, H x W maps. Distances are in units in which the
map's area is [-1, 1] x [-1, 1].
"""

from collections.abc import Sequence

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from fifa_mm import checks
from fifa_mm.codecs.decoding import centroid


@MODELS.register_module()
class StructuredHeatmapLoss(nn.Module):
    """Smoothed structured hinge of heatmap logits, with the distance to the landmark as margin.

    L = eps log sum_p exp((H(p) + alpha D(p)) / eps) - sum_p q(p) H(p), of logits H, target
    distribution q and the distance D of a pixel to the landmark. Its gradient is
    softmax((H + alpha D) / eps) - q. With alpha = 0 and eps = 1 it is the cross-entropy of q; as
    eps goes to 0, the hinge max_p (H(p) + alpha D(p)) - sum_p q(p) H(p).

    Taken by MMPose's ``HeatmapHead`` as ``loss`` and by :class:`fifa_mm.HeatmapCoordinateHead` as
    ``heatmap_loss`` (with ``activation='softmax'``). Both give heatmaps of a codec as targets: q is
    such a map divided by its sum, and the landmark q's centre of mass, which a Gaussian that the
    map's border cuts off has a little further inside. The paper's q, a Gaussian of standard
    deviation 0.05, is ``GaussianHeatmap`` with ``sigma=0.025 * W``.

    A constant may be added to a map of logits: only their differences are learned. Decode the
    maximum with its neighbours, softmax within a window, as ``GaussianHeatmap`` does with
    ``decoder='local', window=5, temperature=1 / eps``; no decoder that takes logits for heatmaps.

    Args:
        eps: Temperature of the smoothed maximum, above 0.
        alpha: Weight of the distance, from 0 up.
        knee: Where the distance turns from quadratic to linear, above 0.
        loss_weight: Factor of the loss.

    Raises:
        ValueError: an argument outside its range; in the forward pass, shapes that do not fit.
    """

    def __init__(
        self, eps: float = 1.0, alpha: float = 1.0, knee: float = 0.01, loss_weight: float = 1.0
    ) -> None:
        super().__init__()
        self.eps = checks.number('eps', eps, above=0)
        self.alpha = checks.number('alpha', alpha, low=0)
        self.knee = checks.number('knee', knee, above=0)
        self.loss_weight = checks.number('loss_weight', loss_weight)

    def forward(
        self, output: Tensor, target: Tensor, target_weights: Tensor | None = None
    ) -> Tensor:
        """Mean over all landmarks, those of weight 0 counting 0, as MMPose's losses.

        Args:
            output: Logits, (B, K, H, W).
            target: Heatmaps of the same shape, at least 0. One that is 0 everywhere, as that of a
                landmark that is not labelled, has weight 0.
            target_weights: (B, K), or the same number at every pixel, (B, K, H, W).

        Returns:
            scalar, float32 (float64 if the logits are).
        """
        if output.ndim != 4 or output.shape != target.shape or not output.numel():
            raise ValueError(
                'output and target must have one shape (B, K, H, W), got '
                f'{tuple(output.shape)} and {tuple(target.shape)}'
            )
        weights = 1 if target_weights is None else target_weights
        if target_weights is not None:
            if target_weights.shape not in (output.shape, output.shape[:2]):
                raise ValueError(
                    f'target_weights must have shape {tuple(output.shape[:2])} (B, K) or '
                    f'{tuple(output.shape)} (B, K, H, W), got {tuple(target_weights.shape)}'
                )
            weights = target_weights if target_weights.ndim == 2 else target_weights[..., 0, 0]
        with torch.autocast(output.device.type, enabled=False):
            logits = output.to(torch.promote_types(output.dtype, torch.float32))
            target = target.to(logits.dtype)
            total = target.sum((-2, -1), keepdim=True)
            q = target / torch.where(total > 0, total, 1)
            distance = distances(centroid(q), q.shape[-2:], self.knee)
            loss = structured_heatmap_loss(logits, q, distance, self.eps, self.alpha)
            loss = loss * weights * (total > 0)[..., 0, 0]
            return self.loss_weight * loss.mean()


def structured_heatmap_loss(
    logits: Tensor, q: Tensor, distance: Tensor, eps: float = 1.0, alpha: float = 1.0
) -> Tensor:
    """Loss of each map, (...).

    Args:
        logits: H, (..., H, W).
        q: Target distributions, (..., H, W), each of sum 1.
        distance: D, (..., H, W).
        eps: Temperature, above 0.
        alpha: Weight of the distance.
    """
    augmented = (logits + alpha * distance) / eps
    return eps * augmented.flatten(-2).logsumexp(-1) - (q * logits).sum((-2, -1))


def distances(points: Tensor, size: Sequence[int], knee: float) -> Tensor:
    """Smooth L1 of the distance of every pixel centre to points, (..., H, W).

    Args:
        points: (..., 2), x and y in heatmap pixels, where whole numbers are pixel centres.
        size: H and W.
        knee: Distance at which quadratic turns to linear.
    """
    height, width = size
    x = (torch.arange(width).to(points) - points[..., 0, None]) * (2 / width)  # (..., W)
    y = (torch.arange(height).to(points) - points[..., 1, None]) * (2 / height)  # (..., H)
    distance = torch.hypot(x[..., None, :], y[..., None])
    return F.smooth_l1_loss(distance, torch.zeros_like(distance), reduction='none', beta=knee)
