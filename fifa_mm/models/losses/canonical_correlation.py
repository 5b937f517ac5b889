"""Canonical correlation in a training: of many channels, over the samples of all processes."""

import functools
from typing import Any

import torch
import torch.distributed as dist
from mmengine.dist import get_world_size
from torch import Tensor, nn

from fifa_mm import checks
from fifa_mm.models.losses.correlation import Reduce, alone, dcca


class CCALoss(nn.Module):
    """Options of :class:`fifa_mm.SpatialCCALoss` and :class:`fifa_mm.LandmarkCCALoss`."""

    def __init__(self, dims: int = 32, r: float = 1e-3, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.dims = checks.integer('dims', dims, low=1)
        self.r = checks.number('r', r, above=0)
        self.loss_weight = checks.number('loss_weight', loss_weight)


def mean_canonical_correlation(a: Tensor, b: Tensor, r: float) -> Tensor:
    """Mean of the canonical correlations over the samples of all processes, float64.

    Args:
        a: (M, d) or (M, d, ...); all dimensions but the second are samples.
        b: the other view, of the same shape.
        r: relative ridge, see :func:`fifa_mm.functional.dcca`.

    Raises:
        ValueError: fewer samples than twice the dimensions plus one.
    """
    dims, reduce = a.shape[1], sum_over_processes()
    samples = int(reduce(a.new_tensor(float(a[:, 0].numel()))))
    if samples < 2 * dims + 1:
        raise ValueError(
            f'canonical correlations need at least {2 * dims + 1} samples for {dims} dimensions '
            f'(over all images and processes), got {samples}: enlarge the batch, take features '
            'with more positions, keep fewer dimensions, or correlate single channels '
            "(DCCA with mode='correlation')"
        )
    return dcca(a, b, r, reduce) / dims


def projected(x: Tensor, dims: int) -> Tensor:
    """x (M, C, ...) as (M, C or ``dims``, N): on at most ``dims`` random orthonormal directions."""
    x = x[..., None] if x.ndim == 2 else x.flatten(2)
    if x.shape[1] <= dims:
        return x
    return random_directions(x.shape[1], dims).to(x).T @ x


class SumOverProcesses(torch.autograd.Function):
    """Adds a tensor up over all processes, and in backward its gradients.

    (``torch.distributed.nn.functional.all_reduce`` does so too, and is deprecated.)
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x = x.clone()
        dist.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return SumOverProcesses.apply(gradient)


def sum_over_processes() -> Reduce:
    """The ``reduce`` of the running training."""
    return alone if get_world_size() == 1 else SumOverProcesses.apply


@functools.cache
def random_directions(channels: int, dims: int) -> Tensor:
    """(channels, dims) orthonormal columns, always the same ones."""
    generator = torch.Generator().manual_seed(0)
    return torch.linalg.qr(torch.randn(channels, dims, generator=generator).double()).Q
