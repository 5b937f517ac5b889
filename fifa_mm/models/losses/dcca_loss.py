"""Deep canonical correlation analysis as the loss between two views."""

import functools

import torch
import torch.distributed as dist
from mmengine.dist import get_world_size
from mmpose.registry import MODELS
from torch import nn

from fifa_mm.models.losses.correlation import (
    alone,
    check_same_shape,
    correlation,
    dcca,
)

MODES = ('correlation', 'cca')


@MODELS.register_module()
class DCCALoss(nn.Module):
    """Minus the correlation of two views' features, between -1 and 1.

    ``mode='correlation'`` is the paper's Eq. 7-8: Pearson correlation of every channel over all
    images and positions, averaged over the channels (the average is ours, the paper leaves
    it open).

    ``mode='cca'`` is Andrew et al., *Deep Canonical Correlation Analysis*, ICML 2013: the sum of
    the canonical correlations, the samples being all positions of all images. Ours, not theirs:
    features of more than ``max_dims`` channels are projected onto ``max_dims`` random orthonormal
    directions, the same for both views and for every run; the sum is divided by the number of
    correlations, so that a weight of 1 means the same in both modes; the ridge is relative.

    What differs between images alone, at every position of a map, is a correlation in either mode:
    channels that hold one and the same number of each image give nearly -1 in the first, and know
    nothing of places in a face. :class:`fifa_mm.SpatialCCALoss` does not see it.

    In distributed training both modes see the samples of all processes. A process's gradient is
    then the number of processes times the gradient of the one loss over the whole batch, which
    DDP's average of the gradients makes equal to it. All processes must call the loss together.

    Args:
        mode (str): ``'correlation'`` or ``'cca'``.
        r (float): ``'cca'``: ridge on both covariances as a share of the mean variance, above 0.
        k (int, optional): ``'cca'``: only the k largest correlations. All by default.
        max_dims (int): ``'cca'``: dimensions kept by the projection.
        loss_weight (float): Factor of the loss.

    Raises:
        ValueError: unknown mode, r not above 0, max_dims below 1, k outside 1 to ``max_dims``; in
            the forward pass, views of different shapes, or for ``'cca'`` fewer samples than twice
            the dimensions plus one: then some correlation is 1 whatever the features are.
    """

    def __init__(self, mode='correlation', r=1e-3, k=None, max_dims=64, loss_weight=1.0):
        super().__init__()
        if mode not in MODES:
            raise ValueError(f'mode must be one of {MODES}, got {mode!r}')
        if r <= 0:
            raise ValueError(f'r must be above 0, got {r!r}')
        if max_dims < 1:
            raise ValueError(f'max_dims must be at least 1, got {max_dims!r}')
        if k is not None and not 1 <= k <= max_dims:
            raise ValueError(f'k must be from 1 to max_dims={max_dims}, got {k!r}')
        self.mode = mode
        self.r = r
        self.k = k
        self.max_dims = max_dims
        self.loss_weight = loss_weight

    def forward(self, a, b):
        """Loss of two views.

        Args:
            a (Tensor): Features of one view, (B, C, H, W) or (M, C).
            b (Tensor): Features of the other view, of the same shape.

        Returns:
            Tensor: scalar, float32 (float64 if the features are).
        """
        check_same_shape(a, b)
        with torch.autocast(a.device.type, enabled=False):
            dtype = torch.promote_types(a.dtype, torch.float32)
            a, b = a.to(dtype), b.to(dtype)
            if self.mode == 'correlation':
                mean = correlation(a, b, sum_over_processes()).mean()
            else:
                a, b = (projected(x, self.max_dims) for x in (a, b))
                mean = mean_canonical_correlation(a, b, self.r, self.k).to(dtype)
        return -self.loss_weight * mean


def mean_canonical_correlation(a, b, r, k=None):
    """Mean of the k largest canonical correlations, by default of all, over all processes.

    Args:
        a (Tensor): (M, d) or (M, d, ...); all dimensions but the second are samples.
        b (Tensor): The other view, of the same shape.
        r (float): Relative ridge, see :func:`fifa_mm.dcca`.
        k (int, optional): At most d.

    Returns:
        Tensor: scalar, float64.

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
    count = min(dims, k or dims)
    return dcca(a, b, count, r, reduce) / count


def projected(x, dims):
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
    def forward(ctx, x):
        x = x.clone()
        dist.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx, gradient):
        return SumOverProcesses.apply(gradient)


def sum_over_processes():
    """The ``reduce`` of the running training."""
    return alone if get_world_size() == 1 else SumOverProcesses.apply


@functools.cache
def random_directions(channels, dims):
    """(channels, dims) orthonormal columns, always the same ones."""
    generator = torch.Generator().manual_seed(0)
    return torch.linalg.qr(torch.randn(channels, dims, generator=generator).double()).Q
