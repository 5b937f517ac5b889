"""Correlation of two views, as pure functions.

M samples, C channels, d dimensions. Sums over samples go through ``reduce``, which adds a tensor up
over the processes that hold the other samples; by default there are none.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from fifa_mm import checks

Reduce = Callable[[Tensor], Tensor]


def alone(x: Tensor) -> Tensor:
    """``reduce`` for one process."""
    return x


def correlation(a: Tensor, b: Tensor, reduce: Reduce = alone) -> Tensor:
    """Pearson correlation of every channel, paper Eq. 7: cov(a, b) / sqrt(var(a) var(b)).

    A channel that is constant in either view, which Eq. 7 leaves undefined, has correlation 0 and
    gradient 0. Constant means: a standard deviation below 10 units of rounding of its magnitude. A
    channel with a NaN or an infinity has correlation NaN.

    Args:
        a: (M, C) or (M, C, ...); all dimensions but the second are samples.
        b: the other view, of the same shape.
        reduce: adds a tensor up over processes.

    Returns:
        (C,) in [-1, 1].

    Raises:
        ValueError: the shapes differ or have no channels.
    """
    check_same_shape(a, b)
    axes = [0, *range(2, a.ndim)]
    count = reduce(a.new_tensor(float(a.numel() // a.shape[1])))
    shape = [1, -1] + [1] * (a.ndim - 2)
    magnitude = reduce(torch.stack([a.detach().square().sum(axes), b.detach().square().sum(axes)]))
    mean = reduce(torch.stack([a.sum(axes), b.sum(axes)])) / count
    a, b = a - mean[0].view(shape), b - mean[1].view(shape)
    sums = torch.stack([(a * b).sum(axes), a.square().sum(axes), b.square().sum(axes)])
    cov, *var = reduce(sums)
    rounding = (10 * torch.finfo(a.dtype).eps) ** 2
    constant = (var[0] <= rounding * magnitude[0]) | (var[1] <= rounding * magnitude[1])
    # Two roots: the product of two small variances would underflow.
    std = [torch.where(constant, 1, v).sqrt() for v in var]
    return torch.where(constant, 0, cov) / std[0] / std[1]


def dcca(a: Tensor, b: Tensor, r: float = 1e-3, reduce: Reduce = alone) -> Tensor:
    """Sum of the canonical correlations of two views: the trace norm of Andrew et al. 2013, Eq. 10.

    With the covariances S11 + ridge, S22 + ridge and S12 it is the sum of the singular values of
    S11^-1/2 S12 S22^-1/2. Cholesky factors whiten instead of the inverse roots: same singular
    values. Covariances and all that follows are float64.

    The ridge is r times the mean variance, r tr(S) / d I: features of any unit have the same
    correlations. **Deviation**: Andrew et al.'s is an absolute number, which rewards large
    features. To r comes d 1e-14, so that rounding does not make a singular covariance indefinite,
    and to the ridge 1e-30, with which constant features have correlation 0.

    Unless there are more samples than twice the dimensions, some correlation is 1 whatever the
    data.

    Args:
        a: (M, d) or (M, d, ...); all dimensions but the second are samples.
        b: the other view, with d' dimensions.
        r: ridge on both covariances, as a share of the mean variance.
        reduce: adds a tensor up over processes.

    Returns:
        scalar in [0, min(d, d')], float64.

    Raises:
        ValueError: the shapes do not fit, fewer than two samples, r negative, or features that are
            not finite.
    """
    check_samples(a, b)
    checks.number('r', r, low=0)
    a, b = channels_by_samples(a), channels_by_samples(b)
    count = reduce(torch.tensor(float(a[:, 0].numel()), dtype=torch.float64, device=a.device))
    if count < 2:
        raise ValueError(f'dcca needs at least 2 samples, got {int(count)}')
    scatter = Scatter.apply(centred(a, count, reduce), centred(b, count, reduce))
    covariances = (reduce(s) / (count - 1) for s in scatter)
    return WhitenedTraceNorm.apply(*covariances, r)


def channels_by_samples(x: Tensor) -> Tensor:
    """(M, d, ...) as (B, d, N), B N samples, without a copy."""
    return x.T[None] if x.ndim == 2 else x.flatten(2)


def centred(x: Tensor, count: Tensor, reduce: Reduce) -> Tensor:
    """x (B, d, N) minus its mean over the samples of all processes, ``count`` in number.

    Without the mean's part in the gradient, which is 0 for :class:`Scatter` of the result.
    """
    total = reduce(x.detach().sum((0, 2), keepdim=True, dtype=torch.float64))
    return x - (total / count).to(x.dtype)


class Scatter(torch.autograd.Function):
    """Sums of x x^T, y y^T and x y^T over the samples of x (B, d, N) and y (B, d', N), in float64.

    The gradient is multiplied out in the type of x and y: they are no more exact than that. By
    itself PyTorch would take twice the products, and in float64.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        ctx.save_for_backward(x, y)
        x, y = x.double(), y.double()
        return (x @ x.mT).sum(0), (y @ y.mT).sum(0), (x @ y.mT).sum(0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, xx: Tensor, yy: Tensor, xy: Tensor) -> tuple[Tensor, Tensor]:
        x, y = ctx.saved_tensors
        joint = torch.cat([torch.cat([xx + xx.T, xy], 1), torch.cat([xy.T, yy + yy.T], 1)])
        gradient = joint.to(x) @ torch.cat([x, y], 1)
        first, second = gradient.tensor_split([x.shape[1]], 1)
        return first, second


class WhitenedTraceNorm(torch.autograd.Function):
    """Sum of the singular values of L1^-1 S12 L2^-T, with L L^T = S + ridge.

    The gradient is Andrew et al.'s closed form (Eq. 11-13) for these factors: with the singular
    vectors U and V, P = L1^-T U and Q = L2^-T V, it is G1 = -P D P^T / 2, G2 = -Q D Q^T / 2 and
    P Q^T. The ridge follows the trace, which adds the ridge's share of tr(G) to the diagonal of G.
    """

    @staticmethod
    def forward(ctx: Any, s11: Tensor, s22: Tensor, s12: Tensor, r: float) -> Tensor:
        left, right = cholesky(s11, r), cholesky(s22, r)
        whitened = torch.linalg.solve_triangular(left, s12, upper=False)
        whitened = torch.linalg.solve_triangular(right, whitened.T, upper=False).T
        u, values, vt = torch.linalg.svd(whitened, full_matrices=False)
        ctx.save_for_backward(left, right, u, values, vt)
        ctx.r = r
        return values.sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        left, right, u, values, vt = ctx.saved_tensors
        p = torch.linalg.solve_triangular(left.T, u, upper=True)
        q = torch.linalg.solve_triangular(right.T, vt.T, upper=True)
        half = -0.5 * gradient * values
        own = [(half * x) @ x.T for x in (p, q)]
        own = [g + ridge_share(len(g), ctx.r) * g.trace() * identity_like(g) for g in own]
        return *own, gradient * p @ q.T, None


def ridge_share(dims: int, r: float) -> float:
    """The ridge over the trace of a covariance of ``dims`` dimensions."""
    return r / dims + 1e-14 * dims


def identity_like(matrix: Tensor) -> Tensor:
    return torch.eye(len(matrix)).to(matrix)


def cholesky(covariance: Tensor, r: float) -> Tensor:
    """Cholesky factor of the covariance (d, d) with ridge."""
    ridge = ridge_share(len(covariance), r) * covariance.trace() + 1e-30
    factor, info = torch.linalg.cholesky_ex(covariance + ridge * identity_like(covariance))
    if info:
        raise ValueError('a and b must be finite, got a covariance that is not positive definite')
    return factor


def check_same_shape(a: Tensor, b: Tensor) -> None:
    if a.ndim < 2 or a.shape != b.shape or not a.numel():
        raise ValueError(
            f'a and b must have one shape (M, C) or (M, C, ...), got {[*a.shape]} and {[*b.shape]}'
        )


def check_samples(a: Tensor, b: Tensor) -> None:
    samples = [(len(x), *x.shape[2:]) if x.ndim > 1 else None for x in (a, b)]
    if None in samples or samples[0] != samples[1]:
        raise ValueError(
            'a and b must be (M, d) or (M, d, ...) of the same M samples, got '
            f'{[*a.shape]} and {[*b.shape]}'
        )
