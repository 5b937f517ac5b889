"""FAN, the stacked hourglass of hierarchical blocks that SH-FAN builds on.

Source: Bulat and Tzimiropoulos, How Far Are We from Solving the 2D & 3D Face Alignment Problem?,
ICCV 2017; the block: Binarized Convolutional Landmark Localizers, ICCV 2017. Layer sizes as in
https://github.com/1adrianb/face-alignment.

Shapes: B images, C channels, K landmarks, H x W map.
"""

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm.checks import integer

STRIDE = 4


class HierarchicalBlock(nn.Module):
    """Three 3 x 3 convolutions in series, C/2, C/4 and C/4 wide, concatenated, plus the input.

    Every convolution follows its norm and ReLU. A change of width makes the shortcut a 1 x 1
    convolution.

    Args:
        in_channels: channels of the input.
        out_channels: C, divisible by 4.
        norm_cfg: normalisation layer.

    Shape:
        (B, in_channels, H, W) to (B, C, H, W).
    """

    def __init__(self, in_channels: int, out_channels: int, norm_cfg: dict) -> None:
        super().__init__()
        cfg = {'bias': False, 'norm_cfg': norm_cfg, 'order': ('norm', 'act', 'conv')}
        half, quarter = out_channels // 2, out_channels // 4
        self.conv1 = ConvModule(in_channels, half, 3, padding=1, **cfg)
        self.conv2 = ConvModule(half, quarter, 3, padding=1, **cfg)
        self.conv3 = ConvModule(quarter, quarter, 3, padding=1, **cfg)
        self.shortcut = nn.Identity()
        if in_channels != out_channels:
            self.shortcut = ConvModule(in_channels, out_channels, 1, **cfg)

    def forward(self, x: Tensor) -> Tensor:
        a = self.conv1(x)
        b = self.conv2(a)
        return torch.cat([a, b, self.conv3(b)], 1) + self.shortcut(x)


class HierarchicalHourglass(nn.Module):
    """Average pooling down, nearest neighbour up, sum with the skip: 3 blocks a level and 1 below.

    Args:
        channels: C.
        depth: how often the map is halved.
        norm_cfg: normalisation layer.

    Shape:
        (B, C, H, W) to the same shape.
    """

    def __init__(self, channels: int, depth: int, norm_cfg: dict) -> None:
        super().__init__()
        self.skip = HierarchicalBlock(channels, channels, norm_cfg)
        self.down = HierarchicalBlock(channels, channels, norm_cfg)
        self.inner = (
            HierarchicalHourglass(channels, depth - 1, norm_cfg)
            if depth > 1
            else HierarchicalBlock(channels, channels, norm_cfg)
        )
        self.up = HierarchicalBlock(channels, channels, norm_cfg)

    def forward(self, x: Tensor) -> Tensor:
        low = self.up(self.inner(self.down(F.avg_pool2d(x, 2))))
        return self.skip(x) + F.interpolate(low, scale_factor=2)


@MODELS.register_module()
class FAN(BaseModule):
    """Face Alignment Network: stacked hourglasses, each fed the heatmaps of the one before.

    All heatmaps but the last are made here, for they are fed back. The last is the head's, so that
    any head of MMPose can follow: ``HeatmapHead`` supervises the last stack, :class:`FANHead` every
    one. With ``FANHead`` and 29 landmarks, 1, 2 and 4 stacks have 6,239,645, 12,076,474 and
    23,750,132 parameters. SH-FAN's code is not public: two stacks are our reading.

    Args:
        num_landmarks: K; needed with more than one stack.
        num_stacks: hourglasses, at least 1.
        channels: C, divisible by 16.
        depth: how often an hourglass halves its map.
        norm_cfg: normalisation layer.
        init_cfg: as in MMEngine.

    Shape:
        (B, 3, H, W), H and W divisible by 4 * 2^depth, to a tuple of the heatmaps
        (B, K, H / 4, W / 4) of each stack but the last, then the feature (B, C, H / 4, W / 4) of
        the last.

    Raises:
        ValueError: for an argument or an input outside its range.
    """

    def __init__(
        self,
        num_landmarks: int | None = None,
        num_stacks: int = 2,
        channels: int = 256,
        depth: int = 4,
        norm_cfg: dict = {'type': 'BN'},  # noqa: B006
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        integer('num_stacks', num_stacks, 1)
        # More than one stack feeds heatmaps back.
        integer('num_landmarks', num_landmarks, 1, optional=num_stacks == 1)
        integer('channels', channels, 16, divisor=16)
        integer('depth', depth, 1)
        self.multiple = STRIDE * 2**depth
        narrow, middle = channels // 4, channels // 2
        self.stem = nn.Sequential(
            ConvModule(3, narrow, 7, stride=2, padding=3, bias=True, norm_cfg=norm_cfg),
            HierarchicalBlock(narrow, middle, norm_cfg),
            nn.AvgPool2d(2),
            HierarchicalBlock(middle, middle, norm_cfg),
            HierarchicalBlock(middle, channels, norm_cfg),
        )
        self.stacks = nn.ModuleList(
            nn.Sequential(
                HierarchicalHourglass(channels, depth, norm_cfg),
                HierarchicalBlock(channels, channels, norm_cfg),
                ConvModule(channels, channels, 1, bias=True, norm_cfg=norm_cfg),
            )
            for _ in range(num_stacks)
        )
        feedbacks, maps = range(num_stacks - 1), num_landmarks or 0
        self.heatmaps = nn.ModuleList(nn.Conv2d(channels, maps, 1) for _ in feedbacks)
        self.feature_back = nn.ModuleList(nn.Conv2d(channels, channels, 1) for _ in feedbacks)
        self.heatmap_back = nn.ModuleList(nn.Conv2d(maps, channels, 1) for _ in feedbacks)

    def forward(self, images: Tensor) -> tuple:
        height, width = images.shape[-2:]
        if min(height, width) < 1 or height % self.multiple or width % self.multiple:
            raise ValueError(
                f'the image size must be divisible by 4 * 2^depth = {self.multiple}, '
                f'got {width} x {height} (width x height)'
            )
        x = self.stem(images)
        outputs = []
        for i, stack in enumerate(self.stacks[:-1]):
            feature = stack(x)
            outputs.append(self.heatmaps[i](feature))
            x = x + self.feature_back[i](feature) + self.heatmap_back[i](outputs[-1])
        return (*outputs, self.stacks[-1](x))
