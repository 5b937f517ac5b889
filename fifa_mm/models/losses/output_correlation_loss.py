"""Correlation of the heatmaps that a head gives for two views."""

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm import checks
from fifa_mm.models.losses.correlation import check_same_shape, correlation


@MODELS.register_module()
class OutputCorrelationLoss(nn.Module):
    """Minus the mean correlation of the two views' heatmaps, between -1 and 1. Not in the paper.

    Over the positions of a map, for every face and labelled landmark. The patched view is the
    teacher, a constant here: Eq. 8's advantage (i) speaks of a second view that is "unavailable",
    which at test time is the patched one. The head's own losses supervise the maps, so that they
    cannot collapse, as features can.

    Args:
        sigmoid: whether the head's outputs are logits, which are compared as their sigmoid.
        loss_weight: factor of the loss.
    """

    compares = 'outputs'

    def __init__(self, sigmoid: bool = True, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.sigmoid = checks.flag('sigmoid', sigmoid)
        self.loss_weight = checks.number('loss_weight', loss_weight)

    def forward(self, clean: Tensor, patched: Tensor, weights: Tensor) -> Tensor:
        """Loss of two views.

        Args:
            clean: outputs (B, K, H, W) for the clean views.
            patched: those for the patched ones.
            weights: (B, K), above 0 where a landmark is labelled.

        Returns:
            scalar, float32 (float64 if the outputs are).

        Raises:
            ValueError: outputs that are not maps, or of unlike shapes.
        """
        check_same_shape(clean, patched)
        if clean.ndim != 4:
            raise ValueError(
                'OutputCorrelationLoss compares heatmaps (B, K, H, W), the head gives '
                f'{[*clean.shape]}'
            )
        dtype = torch.promote_types(clean.dtype, torch.float32)
        with torch.autocast(clean.device.type, enabled=False):
            a, b = clean.to(dtype), patched.detach().to(dtype)
            if self.sigmoid:
                a, b = a.sigmoid(), b.sigmoid()
            labelled = weights > 0
            # (H W, B K): positions are the samples, the maps the channels
            a, b = (x.flatten(2).flatten(0, 1).T for x in (a, b))
            rho = correlation(a, b).view(labelled.shape)
            mean = (rho * labelled).sum() / labelled.sum().clamp_min(1)
        return -self.loss_weight * mean
