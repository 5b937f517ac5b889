"""Distance between landmarks over the distance between the eyes, as a loss."""

import torch
from mmpose.registry import MODELS
from torch import nn


def normalized_errors(pred, target, eyes, min_distance):
    """Distance of each landmark to its target over the target's inter-ocular distance.

    Args:
        pred, target (Tensor): (B, K, 2), in any one unit.
        eyes (tuple[Sequence[int]]): Landmarks whose means are the ends of the distance.
        min_distance (float): Least distance to divide by, in that unit.

    Returns:
        Tensor: (B, K).
    """
    left, right = (target[:, list(indices)].mean(1) for indices in eyes)
    distance = torch.linalg.vector_norm(left - right, dim=-1).clamp(min=min_distance)
    return torch.linalg.vector_norm(pred - target, dim=-1) / distance[:, None]


@MODELS.register_module()
class NMELoss(nn.Module):
    """Normalised mean error as a loss: mean of |pred_k - target_k| / inter-ocular distance.

    Called as MMPose's regression losses are. As there, unlabelled landmarks count 0 in a mean over
    all landmarks. The eye corners have to be labelled. In [0, 1] units of the input it is an error
    in pixels only where the input is square.

    Args:
        eyes (Sequence): The two ends: landmark indices, or lists of them to average (COFW: 8, 9).
        min_distance (float): Least distance to divide by: a profile's eye corners nearly coincide.
            0.05 is a tenth of what a frontal face has in a crop 1.2 times its width.
        loss_weight (float): Factor on the loss.

    Raises:
        ValueError: not two ends, a ``min_distance`` that is not positive.
    """

    def __init__(self, eyes, min_distance=0.05, loss_weight=1.0):
        super().__init__()
        ends = [[end] if isinstance(end, int) else list(end) for end in eyes]
        if len(ends) != 2 or not all(ends):
            raise ValueError(f'eyes must be two landmarks or two lists of them, got {eyes!r}')
        if not min_distance > 0:
            raise ValueError(f'min_distance must be positive, got {min_distance!r}')
        self.eyes, self.min_distance, self.loss_weight = ends, min_distance, loss_weight

    def forward(self, output, target, target_weight=None):
        """Loss of landmarks (B, K, 2) with weights (B, K) or (B, K, 1)."""
        errors = normalized_errors(output, target, self.eyes, self.min_distance)
        if target_weight is not None:
            errors = errors * target_weight.reshape(errors.shape)
        return self.loss_weight * errors.mean()
