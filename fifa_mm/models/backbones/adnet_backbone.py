"""ADNet (Huang et al., ICCV 2021): stacked hourglasses that predict heatmaps, edges and points.

Written from the facts of https://github.com/huangyangyu/ADNet. B images, K landmarks, E edges,
C channels, H x W maps.
"""

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from fifa_mm.checks import integer
from fifa_mm.definitions import facial_edges


@MODELS.register_module()
class ADNet(BaseModule):
    """CoordConv hourglasses; each stack's predictions go into the next.

    As with MMPose's ``CPM``, predictions that are fed back are made in the backbone. Landmarks come
    from all three maps together, in :class:`fifa_mm.ADNetHead`. The feature that the last stack
    predicts from comes last, where :class:`fifa_mm.SiamesePoseEstimator` looks for it.

    13,225,028 parameters for COFW's 29 landmarks, 13,368,708 for the 68 of 300W.

    Args:
        num_landmarks: K.
        num_edges: E. By default that of 19, 29, 68 or 98 landmarks.
        channels: C, a multiple of 8.
        stacks: Number of hourglasses.
        depth: How often an hourglass halves its map.
        in_channels: Channels of the image.
        norm_cfg: Normalisation layer. By default ``dict(type='BN')``.
        init_cfg: As in any module of MMEngine.

    Shape:
        (B, in_channels, H, W), sides of at least 8 * 2^depth, to a tuple of ``stacks`` tuples
        (heatmaps (B, K, H/4, W/4) of at least 0, edges (B, E, H/4, W/4) in [0, 1], points
        (B, K, H/4, W/4) in [0, 1]), then the last stack's feature (B, C, H/4, W/4).

    Raises:
        ValueError: an argument outside its range; an image too small.
    """

    def __init__(
        self,
        num_landmarks: int,
        num_edges: int | None = None,
        channels: int = 256,
        stacks: int = 4,
        depth: int = 4,
        in_channels: int = 3,
        norm_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        integer('num_landmarks', num_landmarks, 1)
        integer('num_edges', num_edges, 1, optional=True)
        integer('channels', channels, 8, divisor=8)
        integer('stacks', stacks, 1)
        integer('depth', depth, 1)
        integer('in_channels', in_channels, 1)
        edges = len(facial_edges(num_landmarks)) if num_edges is None else num_edges
        norm_cfg = norm_cfg or {'type': 'BN'}
        quarter, half = channels // 4, channels // 2
        self.smallest = 8 * 2**depth
        self.stem = nn.Sequential(
            CoordConv(in_channels, quarter, 7, stride=2, padding=3),
            build_norm_layer(norm_cfg, quarter)[1],
            nn.ReLU(),
            Residual(quarter, half, norm_cfg),
            nn.MaxPool2d(2),
            Residual(half, half, norm_cfg),
            Residual(half, channels, norm_cfg),
        )
        maps = (num_landmarks, edges, num_landmarks)
        self.stacks = nn.ModuleList(
            Stack(channels, maps, depth, norm_cfg, first=i == 0, last=i == stacks - 1)
            for i in range(stacks)
        )

    def forward(self, x: Tensor) -> tuple:
        """Predictions of all stacks and the last feature, see the class."""
        if min(x.shape[-2:]) < self.smallest:
            raise ValueError(
                f'the image must have sides of at least {self.smallest} pixels (8 * 2^depth), '
                f'got {tuple(x.shape[-2:])}'
            )
        x = self.stem(x)
        outputs, mask = [], None
        for stack in self.stacks:
            maps, feature, x = stack(x, mask)
            mask = (maps[0][:, -1:].detach().clamp(0, 1) > 0.05).to(x.dtype)
            outputs.append(maps)
        return *outputs, feature


class Stack(nn.Module):
    """Hourglass, feature, the three predictions from it, and the input of the next stack.

    From the second stack on, x and y are seen once more where the previous stack's last heatmap is
    above 0.05.
    """

    def __init__(
        self, channels: int, maps: Any, depth: int, norm_cfg: dict, first: bool, last: bool
    ) -> None:
        super().__init__()
        self.coordinates = CoordConv(channels, channels, 1, masked=not first)
        self.hourglass = MaxPoolHourglass(channels, depth, norm_cfg)
        self.feature = nn.Sequential(
            Residual(channels, channels, norm_cfg),
            nn.Conv2d(channels, channels, 1),
            build_norm_layer(norm_cfg, channels)[1],
            nn.ReLU(),
        )
        self.predict = nn.ModuleList(nn.Conv2d(channels, count, 1) for count in maps)
        self.activate = nn.ModuleList(
            [nn.Sequential(nn.InstanceNorm2d(maps[0]), nn.ReLU()), nn.Sigmoid(), nn.Sigmoid()]
        )
        inputs = () if last else (channels, *maps)
        self.feed_back = nn.ModuleList(nn.Conv2d(count, channels, 1) for count in inputs)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Any, Tensor, Tensor]:
        """Maps, feature, and the next stack's input."""
        feature = self.feature(self.hourglass(self.coordinates(x, mask)))
        maps = tuple(
            activate(predict(feature))
            for predict, activate in zip(self.predict, self.activate, strict=True)
        )
        if self.feed_back:
            parts = zip(self.feed_back, (feature, *maps), strict=True)
            x = x + sum(layer(part) for layer, part in parts)
        return maps, feature, x


class CoordConv(nn.Module):
    """Convolution that also sees x, y and r (and x and y times a mask)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        masked: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        extra = 5 if masked else 3
        self.conv = nn.Conv2d(in_channels + extra, out_channels, kernel_size, **kwargs)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        grid = coordinate_maps(x.shape[-2:]).to(x).expand(x.shape[0], -1, -1, -1)
        parts = [x, grid] if mask is None else [x, grid, grid[:, :2] * mask]
        return self.conv(torch.cat(parts, 1))


def coordinate_maps(size: Sequence[int]) -> Tensor:
    """x and y from -1 to 1, and the distance from the middle from 0 to 1: (3, H, W)."""
    y, x = torch.meshgrid(*(torch.linspace(-1, 1, side) for side in size), indexing='ij')
    r = (x**2 + y**2).sqrt()  # ONNX has no hypot
    return torch.stack([x, y, r / r.max()])


class Residual(nn.Module):
    """Pre-activation bottleneck of half width, (B, C, H, W) to (B, D, H, W)."""

    def __init__(self, in_channels: int, out_channels: int, norm_cfg: dict) -> None:
        super().__init__()
        mid = out_channels // 2
        layers = []
        for cin, cout, kernel in ((in_channels, mid, 1), (mid, mid, 3), (mid, out_channels, 1)):
            layers += [build_norm_layer(norm_cfg, cin)[1], nn.ReLU()]
            layers += [nn.Conv2d(cin, cout, kernel, padding=kernel // 2)]
        self.body = nn.Sequential(*layers)
        same = in_channels == out_channels
        self.skip = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.skip(x) + self.body(x)


class MaxPoolHourglass(nn.Module):
    """Max pooling down, nearest neighbour up, the skips added; the shape stays."""

    def __init__(self, channels: int, depth: int, norm_cfg: dict) -> None:
        super().__init__()
        self.skip = Residual(channels, channels, norm_cfg)
        self.down = Residual(channels, channels, norm_cfg)
        self.inner: nn.Module
        if depth > 1:
            self.inner = MaxPoolHourglass(channels, depth - 1, norm_cfg)
        else:
            self.inner = Residual(channels, channels, norm_cfg)
        self.up = Residual(channels, channels, norm_cfg)

    def forward(self, x: Tensor) -> Tensor:
        low = self.up(self.inner(self.down(F.max_pool2d(x, 2))))
        return self.skip(x) + F.interpolate(low, x.shape[-2:], mode='nearest')
