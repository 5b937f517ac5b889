"""The decoders of codecs in PyTorch, so that a graph gives landmarks.

B faces, K landmarks, h x w heatmaps. Every function takes the codec and what the head's ``decode``
takes, and returns landmarks (B, K, 2) in input pixels and scores (B, K), as the codec's own
decoding in NumPy does.
"""

from collections.abc import Callable

import cv2
import torch
from mmpose.codecs import MSRAHeatmap, RegressionLabel
from mmpose.codecs.base import BaseKeypointCodec
from torch import Tensor
from torch.nn import functional as F

from fifa_mm.codecs.edge_heatmap import EdgeHeatmap
from fifa_mm.codecs.gaussian_heatmap import GaussianHeatmap


def decode_gaussian(codec: GaussianHeatmap, maps: Tensor) -> tuple[Tensor, Tensor]:
    points = codec.labels(maps) * maps.new_tensor(codec.input_size) - 0.5
    return points, (maps.amax((-2, -1)) / codec.peak).clamp(max=1)


def decode_edges(codec: EdgeHeatmap, maps: Tensor, confidence: Tensor) -> tuple[Tensor, Tensor]:
    size = maps.new_tensor(codec.heatmap_size)
    share = ((codec.labels(maps) + 1) / 2 * (size - 1) + 0.5) / size
    points = share * maps.new_tensor(codec.input_size) - 0.5
    return points, confidence.amax((-2, -1)).clamp(max=1)


def decode_regression(codec: RegressionLabel, shares: Tensor) -> tuple[Tensor, Tensor]:
    return shares * shares.new_tensor(codec.input_size), torch.ones_like(shares[..., 0])


def decode_msra(codec: MSRAHeatmap, maps: Tensor) -> tuple[Tensor, Tensor]:
    """MMPose's maximum, moved by a quarter of a pixel or (``unbiased``) by the Taylor step."""
    scores, index = maps.flatten(2).max(2)
    width = maps.shape[3]
    x, y = index % width, index // width
    if codec.unbiased:
        offset = taylor_step(blurred(maps, codec.blur_kernel_size), x, y)
    else:
        offset = quarter_step(maps, x, y)
    points = torch.stack([x, y], -1).to(maps)
    points = torch.where(scores[..., None] > 0, points + offset, -1)  # nothing is there
    return points * maps.new_tensor(codec.scale_factor.tolist()), scores


def pixels(maps: Tensor, x: Tensor, y: Tensor, dx: int, dy: int) -> Tensor:
    """Values (B, K) at x + dx, y + dy, at the border those of the nearest pixel."""
    height, width = maps.shape[2:]
    index = (y + dy).clamp(0, height - 1) * width + (x + dx).clamp(0, width - 1)
    return maps.flatten(2).gather(2, index[..., None])[..., 0]


def quarter_step(maps: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """A quarter of a pixel towards the larger neighbour; as ``refine_keypoints``."""
    height, width = maps.shape[2:]
    steps = [
        pixels(maps, x, y, 1, 0) - pixels(maps, x, y, -1, 0),
        pixels(maps, x, y, 0, 1) - pixels(maps, x, y, 0, -1),
    ]
    inside = [
        (x > 1) & (x < width - 1) & (y > 0) & (y < height),
        (y > 1) & (y < height - 1) & (x > 0) & (x < width),
    ]
    return 0.25 * torch.stack([torch.sign(s) * i for s, i in zip(steps, inside, strict=True)], -1)


def blurred(maps: Tensor, kernel: int) -> Tensor:
    """Maps smoothed as OpenCV does, zeros around them, with the maximum they had."""
    weights = torch.from_numpy(cv2.getGaussianKernel(kernel, 0)[:, 0]).to(maps)
    flat = maps.flatten(0, 1)[:, None]  # (B K, 1, h, w)
    flat = F.conv2d(flat, weights.view(1, 1, 1, -1), padding=(0, kernel // 2))
    flat = F.conv2d(flat, weights.view(1, 1, -1, 1), padding=(kernel // 2, 0))
    smooth = flat[:, 0].unflatten(0, maps.shape[:2])
    return smooth * maps.amax((-2, -1), keepdim=True) / smooth.amax((-2, -1), keepdim=True)


def taylor_step(maps: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Newton's step of the logarithm to its maximum; as ``refine_keypoints_dark``."""
    logs = maps.clamp(min=1e-10).log()
    height, width = maps.shape[2:]

    def at(dx: int, dy: int) -> Tensor:
        return pixels(logs, x, y, dx, dy)

    dx, dy = 0.5 * (at(1, 0) - at(-1, 0)), 0.5 * (at(0, 1) - at(0, -1))
    dxx = 0.25 * (at(2, 0) - 2 * at(0, 0) + at(-2, 0))
    dyy = 0.25 * (at(0, 2) - 2 * at(0, 0) + at(0, -2))
    dxy = 0.25 * (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1))
    determinant = dxx * dyy - dxy * dxy
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2) & (determinant != 0)
    step = torch.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], -1)
    step = step / torch.where(inside, determinant, 1)[..., None]
    return torch.where(inside[..., None], step, 0)


DECODERS: dict[type, Callable] = {
    GaussianHeatmap: decode_gaussian,
    EdgeHeatmap: decode_edges,
    MSRAHeatmap: decode_msra,
    RegressionLabel: decode_regression,
}


def decoder_of(codec: BaseKeypointCodec) -> Callable:
    """The function that decodes like a codec.

    Raises:
        ValueError: there is none.
    """
    for kind, decode in DECODERS.items():
        if isinstance(codec, kind):
            return decode
    names = ', '.join(kind.__name__ for kind in DECODERS)
    raise ValueError(
        f'landmarks can be decoded in the graph for {names}, not for {type(codec).__name__}: '
        'export without --decode'
    )
