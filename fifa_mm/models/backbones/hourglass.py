"""Anti-aliased hourglass (FiFA, section 3.2 and Figure 2).

Shapes: B images, C channels, H x W map.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule, build_norm_layer
from mmpose.models.backbones.resnet import Bottleneck
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm.checks import flag, integer
from fifa_mm.models.backbones.ff_parser import FFParser


def build_blur(blur: dict, channels: int) -> nn.Module:
    """Build ``blur`` for ``channels``; ``ValueError`` when the registry does not know its type."""
    try:
        return MODELS.build({**blur, 'channels': channels})
    except (KeyError, TypeError) as error:
        raise ValueError(
            f'blur must be None or the config of a module that takes channels and halves a map, '
            f'got {blur!r}: {error}'
        ) from error


def upsample(x: Tensor, size: tuple) -> Tensor:
    """Bilinear interpolation to ``size`` (half-pixel centres) by two matrix products.

    Equal to ``F.interpolate(x, size, mode='bilinear')``. The gradient of that one is not
    deterministic on GPUs, and TorchInductor (seen on CPU, PyTorch 2.13) may compile it to zero
    where a convolution comes before it; these products have neither problem.
    """

    def matrix(old: int, new: int) -> Tensor:  # (new, old), rows sum to 1
        identity = torch.eye(old, dtype=torch.float32, device=x.device)[None]
        return F.interpolate(identity, new, mode='linear')[0].t().to(x.dtype)

    return matrix(x.shape[2], size[0]) @ (x @ matrix(x.shape[3], size[1]).t())


def halve(channels: int, blur: dict | None, norm_cfg: dict) -> nn.Sequential:
    """Convolution + BlurPool: (B, C, H, W) to (B, C, ceil(H / 2), ceil(W / 2)).

    A bottleneck, because the 3 x 3 convolution before the blur runs at full resolution (Zhang,
    Making Convolutional Networks Shift-Invariant Again, 2019, section 3.2: stride 1, activation,
    then BlurPool). Without blur the convolution has the stride.
    """
    mid = channels // 2
    layers = [
        ConvModule(channels, mid, 1, norm_cfg=norm_cfg),
        ConvModule(mid, mid, 3, stride=1 if blur else 2, padding=1, norm_cfg=norm_cfg),
        ConvModule(mid, channels, 1, norm_cfg=norm_cfg),
    ]
    if blur:
        layers.insert(2, build_blur(blur, mid))
    return nn.Sequential(*layers)


class Up(nn.Module):
    """Bilinear upsampling, concatenation with the skip, FF-Parser, norm, ReLU.

    A 1 x 1 convolution of a concatenation is the sum of two, and a 1 x 1 convolution commutes with
    bilinear upsampling: the lower map is projected before it grows, at a quarter of the cost.
    """

    def __init__(
        self,
        channels: int,
        size: Sequence[int],
        ff_parser: bool,
        norm_cfg: dict | None,
    ) -> None:
        super().__init__()
        self.skip = nn.Conv2d(channels, channels, 1, bias=False)
        self.low = nn.Conv2d(channels, channels, 1, bias=False)
        self.ff_parser = FFParser(channels, size) if ff_parser else nn.Identity()
        self.norm = build_norm_layer(norm_cfg, channels)[1]

    def forward(self, skip: Tensor, low: Tensor) -> Tensor:
        low = upsample(self.low(low), skip.shape[-2:])
        return self.norm(self.ff_parser(self.skip(skip) + low)).relu()


class Hourglass(nn.Module):
    """Down ``levels`` times and up again, with a residual block on every skip and at the bottom.

    Args:
        channels: C, even and divisible by 4.
        size: (H, W) of the maps it is trained on; sets the sizes of the FF-Parsers.
        levels: how often the map is halved. The blur pads by reflection, so every map that is
            halved must have at least 3 rows and columns.
        blur: config of a module that takes ``channels`` and halves a map, or None: strided
            convolutions.
        ff_parser: whether an FF-Parser follows every upsampling and concatenation.
        norm_cfg: normalisation layer.

    Shape:
        (B, C, H, W) to the same shape.
    """

    def __init__(
        self,
        channels: int,
        size: Sequence[int],
        levels: int,
        blur: dict | None = None,
        ff_parser: bool = True,
        norm_cfg: dict | None = None,
    ) -> None:
        super().__init__()
        norm_cfg = norm_cfg or {'type': 'BN'}
        integer('channels', channels, 4, divisor=4)
        flag('ff_parser', ff_parser)
        self.levels = integer('levels', levels, 1)
        self.check_size(size)
        self.skips, self.downs, self.ups = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for _ in range(levels):
            self.skips.append(Bottleneck(channels, channels, expansion=2, norm_cfg=norm_cfg))
            self.downs.append(halve(channels, blur, norm_cfg))
            self.ups.append(Up(channels, size, ff_parser, norm_cfg))
            size = tuple((side + 1) // 2 for side in size)
        self.bottom = Bottleneck(channels, channels, expansion=2, norm_cfg=norm_cfg)

    def check_size(self, size: Sequence[int]) -> None:
        """``ValueError`` when a map of ``size`` cannot be halved ``levels`` times."""
        smallest = -(-min(size) // 2 ** (self.levels - 1))
        if smallest < 3:
            raise ValueError(
                f'levels={self.levels} is too many for maps of {tuple(size)}: the last map to be '
                f'halved has a side of {smallest}, and at least 3 is needed'
            )

    def forward(self, x: Tensor) -> Tensor:
        self.check_size(x.shape[-2:])
        skips = []
        for skip, down in zip(self.skips, self.downs, strict=True):
            skips.append(skip(x))
            x = down(x)
        x = self.bottom(x)
        for up in reversed(self.ups):
            x = up(skips.pop(), x)
        return x
