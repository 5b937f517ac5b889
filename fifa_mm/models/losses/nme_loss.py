"""Distance between landmarks over the distance between the eyes, as a loss."""

from collections.abc import Sequence
from numbers import Integral

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm.checks import integers, number

# A profile's eye corners nearly coincide; a frontal face's are ten times as far apart in a crop 1.2
# times its width.
MIN_DISTANCE = 0.05


def normalized_errors(
    pred: Tensor, target: Tensor, eyes: Sequence[Sequence[int]], min_distance: float
) -> Tensor:
    """Distance of each landmark to its target over the target's inter-ocular distance.

    Args:
        pred, target: (B, K, 2), in any one unit.
        eyes: Landmarks whose means are the ends of the distance.
        min_distance: Least distance to divide by, in that unit.

    Returns:
        (B, K).
    """
    left, right = (target[:, list(indices)].mean(1) for indices in eyes)
    distance = torch.linalg.vector_norm(left - right, dim=-1).clamp(min=min_distance)
    return torch.linalg.vector_norm(pred - target, dim=-1) / distance[:, None]


def eye_ends(eyes: Sequence) -> list[tuple[int, ...]]:
    """Two landmarks, or two lists of them, as two tuples.

    Raises:
        ValueError: they are something else.
    """
    try:
        left, right = eyes
        ends = [(end,) if isinstance(end, Integral) else end for end in (left, right)]
        return [integers('eyes', end, low=0) for end in ends]
    except (TypeError, ValueError):
        raise ValueError(
            f'eyes must be two landmarks or two lists of them, integers from 0, got {eyes!r}'
        ) from None


@MODELS.register_module()
class NMELoss(nn.Module):
    """Normalised mean error as a loss: mean of |pred_k - target_k| / inter-ocular distance.

    Called as MMPose's regression losses are. As there, unlabelled landmarks count 0 in a mean over
    all landmarks. The eye corners have to be labelled. In [0, 1] units of the input it is an error
    in pixels only where the input is square.

    Args:
        eyes: The two ends: landmark indices, or lists of them to average (COFW: 8, 9).
        loss_weight: Factor on the loss.

    Raises:
        ValueError: not two ends.
    """

    def __init__(self, eyes: Sequence, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.eyes = eye_ends(eyes)
        self.loss_weight = number('loss_weight', loss_weight)

    def forward(
        self, output: Tensor, target: Tensor, target_weight: Tensor | None = None
    ) -> Tensor:
        """Loss of landmarks (B, K, 2) with weights (B, K) or (B, K, 1)."""
        errors = normalized_errors(output, target, self.eyes, MIN_DISTANCE)
        if target_weight is not None:
            errors = errors * target_weight.reshape(errors.shape)
        return self.loss_weight * errors.mean()
