"""From heatmaps to coordinates, as pure and differentiable functions.

Heatmaps are (..., H, W) with values of at least 0, coordinates (..., 2) are x, y in heatmap pixels,
where whole numbers are pixel centres.
"""

import torch
from torch import Tensor


def centroid(heatmaps: Tensor) -> Tensor:
    """Centre of mass over the whole map (the decoder of FaRL, https://github.com/FacePerceiver/FaRL).

    A map that is 0 everywhere counts as constant: its centroid is the middle.

    Args:
        heatmaps: (..., H, W), floating point.

    Returns:
        (..., 2), differentiable.
    """
    h, w = heatmaps.shape[-2:]
    columns, rows = heatmaps.sum(-2), heatmaps.sum(-1)
    return torch.stack([_mean_index(columns, w), _mean_index(rows, h)], -1)


def _mean_index(mass: Tensor, size: int) -> Tensor:
    total = mass.sum(-1)
    index = torch.arange(size, dtype=mass.dtype, device=mass.device)
    # About the middle, so that no digits are lost and an empty map needs no case of its own.
    middle = (size - 1) / 2
    moment = (mass * (index - middle)).sum(-1)
    return middle + moment / torch.where(total > 0, total, 1)


def argmax(heatmaps: Tensor) -> Tensor:
    """The pixel of the maximum, the first of equal ones (the paper's decoder); no gradient.

    NaN, as :func:`centroid` gives, where a map has a NaN.

    Args:
        heatmaps: (..., H, W).

    Returns:
        (..., 2) in whole numbers, of the dtype of the heatmaps.
    """
    maximum, index = heatmaps.detach().flatten(-2).max(-1)
    width = heatmaps.shape[-1]
    pixels = torch.stack([index % width, index // width], -1).to(heatmaps.dtype)
    return torch.where(maximum.isnan()[..., None], torch.nan, pixels)


def local_centroid(heatmaps: Tensor, window: int) -> Tensor:
    """Centre of mass inside a window around the maximum.

    Mass far from the maximum, which draws :func:`centroid` to the middle, does not count.

    Args:
        heatmaps: (..., H, W), floating point.
        window: Side of the window in heatmap pixels, odd.

    Returns:
        (..., 2), differentiable in the values inside the window.
    """
    return centroid(torch.where(_near_maximum(heatmaps, window), heatmaps, 0))


def local_soft_argmax(heatmaps: Tensor, window: int, temperature: float) -> Tensor:
    """Mean position inside a window around the maximum, weighted by exp(temperature * value).

    The local soft-argmax of SH-FAN (Bulat et al., Subpixel Heatmap Regression for Facial Landmark
    Localization, BMVC 2021: window 5). Values may be negative.

    Args:
        heatmaps: (..., H, W), floating point.
        window: Side of the window in heatmap pixels, odd.
        temperature: Above 0; the larger, the closer to :func:`argmax`.

    Returns:
        (..., 2), differentiable in the values inside the window.
    """
    weights = (temperature * (heatmaps - heatmaps.detach().amax((-2, -1), keepdim=True))).exp()
    return centroid(torch.where(_near_maximum(heatmaps, window), weights, 0))


def _near_maximum(heatmaps: Tensor, window: int) -> Tensor:
    h, w = heatmaps.shape[-2:]
    x, y = argmax(heatmaps).unbind(-1)
    # "Not far" instead of "near": without a maximum, the NaN of the map is inside.
    far_x = (torch.arange(w).to(x) - x[..., None]).abs() > window // 2  # (..., W)
    far_y = (torch.arange(h).to(y) - y[..., None]).abs() > window // 2  # (..., H)
    return ~(far_y[..., :, None] | far_x[..., None, :])
