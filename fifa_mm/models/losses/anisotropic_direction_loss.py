"""Anisotropic direction loss of ADNet (Huang et al., ICCV 2021).

B faces, K landmarks, H x W maps. Coordinates are -1 and 1 at the centres of a map's outer pixels.
The formulas and constants are those of https://github.com/huangyangyu/ADNet.
"""

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm.checks import number


@MODELS.register_module()
class AnisotropicDirectionLoss(nn.Module):
    """Smooth L1 of an error that weighs more across an edge than along it.

    How much more is read from an attention map: a mask that is long along the edge leaves the
    landmark's place along it uncertain. No gradient goes into the map this way. Landmarks without
    a normal have the plain error.

    Args:
        loss_weight: Factor of the loss.

    Raises:
        ValueError: an argument outside its range; arguments of the forward pass that do not fit.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = number('loss_weight', loss_weight)

    def forward(
        self,
        predicted: Tensor,
        target: Tensor,
        normals: Tensor,
        ratio: Tensor,
        weights: Tensor | None = None,
    ) -> Tensor:
        """Mean over all landmarks, those of weight 0 counting 0, as MMPose's losses.

        Args:
            predicted: (B, K, 2).
            target: (B, K, 2).
            normals: (B, K, 2), of length 1, or 0 where there is none.
            ratio: (B, K) of :meth:`ratio`.
            weights: (B, K).

        Returns:
            scalar.
        """
        if not predicted.shape == target.shape == normals.shape:
            raise ValueError(
                'predicted, target and normals must have one shape (B, K, 2), got '
                f'{tuple(predicted.shape)}, {tuple(target.shape)} and {tuple(normals.shape)}'
            )
        loss = anisotropic_direction_loss(predicted, target, normals, ratio)
        if weights is not None:
            loss = loss * weights
        return self.loss_weight * loss.mean()

    def ratio(self, attention: Tensor, points: Tensor, normals: Tensor) -> Tensor:
        """:func:`anisotropy` without a gradient."""
        with torch.no_grad():
            return anisotropy(second_moments(attention, points), normals)


def anisotropic_direction_loss(
    predicted: Tensor, target: Tensor, normals: Tensor, ratio: Tensor, knee: float = 0.01
) -> Tensor:
    """Loss of each landmark.

    With e the error, n the normal, t the tangent and r the ratio: squared distance
    2 r / (r + 1) (e n)^2 + 2 / (r + 1) (e t)^2, or e^2 where n is shorter than 0.5; of the
    distance, smooth L1.

    Args:
        predicted, target, normals: (..., 2).
        ratio: (...) of at least 1; 1 is the isotropic limit.
        knee: Where smooth L1 turns linear.

    Returns:
        (...).
    """
    error = predicted - target
    across = (error * normals).sum(-1)
    along = (error * tangents(normals)).sum(-1)
    anisotropic = 2 * (ratio * across**2 + along**2) / (ratio + 1)
    has_normal = normals.norm(dim=-1) >= 0.5
    squared = torch.where(has_normal, anisotropic, (error**2).sum(-1))
    near = squared < knee**2
    distance = squared.clamp(min=knee**2).sqrt()  # no gradient of a root at 0
    return torch.where(near, squared / (2 * knee), distance - knee / 2)


def second_moments(maps: Tensor, points: Tensor) -> Tensor:
    """Second moments of maps about points, (B, K, 2, 2); 0 where a map is 0 everywhere.

    Args:
        maps: (B, K, H, W), at least 0.
        points: (B, K, 2).
    """
    h, w = maps.shape[-2:]
    x = torch.linspace(-1, 1, w).to(maps) - points[..., 0, None]  # (B, K, W)
    y = torch.linspace(-1, 1, h).to(maps) - points[..., 1, None]  # (B, K, H)
    columns, rows = maps.sum(-2), maps.sum(-1)
    xx, yy = (columns * x**2).sum(-1), (rows * y**2).sum(-1)
    xy = ((maps * x[..., None, :]).sum(-1) * y).sum(-1)
    total = rows.sum(-1)
    moments = torch.stack([torch.stack([xx, xy], -1), torch.stack([xy, yy], -1)], -2)
    return moments / torch.where(total > 0, total, 1)[..., None, None]


def anisotropy(moments: Tensor, normals: Tensor, largest: float = 9.0) -> Tensor:
    """Variance along the edge divided by the variance across it, kept from 1 to ``largest``.

    Args:
        moments: (..., 2, 2).
        normals: (..., 2).
        largest: Upper limit.

    Returns:
        (...).
    """
    variances = [
        (v[..., None, :] * moments * v[..., :, None]).sum((-2, -1))
        for v in (tangents(normals), normals)
    ]
    tiny = torch.finfo(moments.dtype).tiny
    return (variances[0] / variances[1].clamp(min=tiny)).clamp(1, largest)


def tangents(normals: Tensor) -> Tensor:
    """Normals (..., 2) turned by 90 degrees."""
    return torch.stack([-normals[..., 1], normals[..., 0]], -1)
