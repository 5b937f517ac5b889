"""A loss whose gradient is a fixed share of another loss's."""

import torch
from mmengine.dist import all_reduce
from torch import Tensor, nn

from fifa_mm import checks

HALF_SCALE = 2.0**16  # where GradScaler starts
TINY = torch.finfo(torch.float32).tiny


class GradientBalance(nn.Module):
    """Factor for a loss that makes its gradient ``ratio`` times as long as the main loss's.

    At a tensor that both depend on, as VQGAN weighs its discriminator (Esser et al., CVPR 2021, Eq.
    7). The lengths are L2 norms over the batch of all processes, smoothed exponentially from step
    to step: the factor is the same in every process and steadier than the losses. Both sums start
    at 0, and their bias cancels in the quotient. The memory is short, for in the first steps of a
    training the lengths change several times over while their noise is a tenth.

    A step in which a length is not finite, as under a loss scale that is too large, is left out.
    The smoothing is no part of the state dict.

    Args:
        ratio: gradient of the weighted loss over that of the main one, above 0.
        momentum: share of the smoothed lengths that a step keeps, in [0, 1).

    Raises:
        ValueError: an argument outside its range.
    """

    lengths: Tensor

    def __init__(self, ratio: float, momentum: float = 0.5) -> None:
        super().__init__()
        self.ratio = checks.number('ratio', ratio, above=0)
        self.momentum = checks.number('momentum', momentum, low=0, below=1)
        self.register_buffer('lengths', torch.zeros(2), persistent=False)

    def forward(self, main: Tensor, other: Tensor, shared: Tensor) -> Tensor:
        """The factor of a step, a number without a gradient.

        Args:
            main: scalar loss.
            other: scalar loss that is to be weighted.
            shared: tensor in the graphs of both.

        Raises:
            ValueError: a loss that does not depend on ``shared``.
        """
        if shared.requires_grad and torch.is_grad_enabled():
            squares = torch.stack([gradient_square(loss, shared) for loss in (main, other)])
            all_reduce(squares, 'mean')
            smoothed = self.momentum * self.lengths + (1 - self.momentum) * squares.sqrt()
            self.lengths.copy_(torch.where(squares.isfinite().all(), smoothed, self.lengths))
        return self.ratio * self.lengths[0] / self.lengths[1].clamp_min(TINY)

    def restart(self) -> None:
        """Forget the steps so far."""
        self.lengths.zero_()


def gradient_square(loss: Tensor, shared: Tensor) -> Tensor:
    """Squared L2 norm of d loss / d shared, float32.

    Half precision has no room for gradients of means over many pixels: there the loss is scaled.
    """
    scale = HALF_SCALE if shared.dtype == torch.float16 else 1.0
    gradient = None
    if loss.requires_grad:
        [gradient] = torch.autograd.grad(scale * loss, shared, retain_graph=True, allow_unused=True)
    if gradient is None:
        raise ValueError(
            f'a loss of value {loss.item():.4g} does not depend on the feature of shape '
            f'{[*shared.shape]} at which gradients are balanced'
        )
    return (gradient.float() / scale).square().sum()
