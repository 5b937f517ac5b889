"""UPerNet's decoder as a landmark head, as FaRL uses it."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm.checks import integers, number
from fifa_mm.models.heads.heatmap_coordinate_head import HeatmapCoordinateHead


def resize(x: Tensor, size: Sequence[int]) -> Tensor:
    """Bilinear resizing to ``size``, height and width."""
    return F.interpolate(x, size, mode='bilinear', align_corners=False)


class PyramidPooling(nn.Module):
    """Averages over grids of several sizes, projected and set beside the map they came from.

    Args:
        in_channels: Channels of the map.
        channels: Channels C of each average, and of the result.
        bins: Cells along a side of each grid.
        norm_cfg: Normalisation layer.

    Shape:
        (B, in_channels, H, W) to (B, C, H, W).
    """

    def __init__(
        self, in_channels: int, channels: int, bins: Sequence[int], norm_cfg: dict
    ) -> None:
        super().__init__()
        self.bins = bins
        self.projections = nn.ModuleList(
            ConvModule(in_channels, channels, 1, norm_cfg=norm_cfg) for _ in bins
        )
        width = in_channels + len(bins) * channels
        self.bottleneck = ConvModule(width, channels, 3, padding=1, norm_cfg=norm_cfg)

    def forward(self, x: Tensor) -> Tensor:
        size = x.shape[-2:]
        pooled = [
            resize(projection(F.adaptive_avg_pool2d(x, cells)), size)
            for cells, projection in zip(self.bins, self.projections, strict=True)
        ]
        return self.bottleneck(torch.cat([x, *pooled], 1))


@MODELS.register_module()
class UPerHead(HeatmapCoordinateHead):
    """Heatmaps from a pyramid of feature maps: pyramid pooling, top-down sums, fusion.

    Xiao et al., Unified Perceptual Parsing for Scene Understanding, ECCV 2018; the head of FaRL
    (https://github.com/FacePerceiver/FaRL) and of FiFA's "vanilla ViT" (Table 3). Losses, decoding
    and predictions are those of :class:`fifa_mm.HeatmapCoordinateHead`.

    Every convolution but the last is followed by norm and ReLU. The logits are resized to the
    codec's ``heatmap_size``. Deviation: FaRL compares heatmaps at that size too, but takes the
    centroid before resizing; here both losses and the prediction see the same map.

    Args:
        in_channels: Channels of each map, or of all four.
        out_channels: Number of landmarks K.
        decoder: Codec, as in ``HeatmapCoordinateHead``.
        channels: Width of the head.
        bins: Grids of the pyramid pooling. In training a grid of 1 needs a batch of
            at least 2 for its norm: set the loader's ``drop_last``.
        dropout: Share of the channels dropped before the last layer.
        norm_cfg: Normalisation layer; FaRL's is synchronised, ``sync_bn='torch'`` in a
            config.
        **kwargs: ``heatmap_loss``, ``coordinate_loss``, ``final_layer`` and ``init_cfg`` of
            ``HeatmapCoordinateHead``.

    Raises:
        ValueError: an argument outside its range; maps of another number or width.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        out_channels: int,
        decoder: dict,
        channels: int = 768,
        bins: Sequence[int] = (1, 2, 3, 6),
        dropout: float = 0.1,
        norm_cfg: dict = {'type': 'BN'},  # noqa: B006
        **kwargs: Any,
    ) -> None:
        if isinstance(in_channels, int):
            in_channels = (in_channels,) * 4
        if len(integers('in_channels', in_channels, low=1)) < 2:
            raise ValueError(f'in_channels must be two or more integers, got {in_channels!r}')
        integers('bins', bins, low=1)
        number('dropout', dropout, 0, below=1)
        super().__init__(channels, out_channels, decoder, **kwargs)
        self.in_channels = tuple(in_channels)
        *fine, coarse = self.in_channels
        conv3 = {'kernel_size': 3, 'padding': 1, 'norm_cfg': norm_cfg}
        self.pooling = PyramidPooling(coarse, channels, tuple(bins), norm_cfg)
        self.laterals = nn.ModuleList(ConvModule(c, channels, 1, norm_cfg=norm_cfg) for c in fine)
        self.smooth = nn.ModuleList(ConvModule(channels, channels, **conv3) for _ in fine)
        self.fusion = ConvModule(len(in_channels) * channels, channels, **conv3)
        self.dropout = nn.Dropout2d(dropout)

    @property
    def default_init_cfg(self) -> dict:
        """The last layer from N(0, 0.01^2), as in mmsegmentation; the others as they are built."""
        last = {'type': 'Normal', 'name': 'final_layer', 'std': 0.01}
        return {'type': 'Normal', 'layer': [], 'override': last}

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Logits.

        Args:
            feats: Maps from fine to coarse, (B, C_i, H_i, W_i).

        Returns:
            (B, K, H, W), of the size of the codec's heatmaps.
        """
        widths = tuple(f.shape[1] for f in feats)
        if widths != self.in_channels:
            raise ValueError(
                f'UPerHead takes maps of in_channels={self.in_channels} channels, got {widths}'
            )
        *fine, coarse = feats
        maps = [lateral(f) for lateral, f in zip(self.laterals, fine, strict=True)]
        maps.append(self.pooling(coarse))
        for i in range(len(fine) - 1, -1, -1):
            maps[i] = maps[i] + resize(maps[i + 1], maps[i].shape[-2:])
        size = maps[0].shape[-2:]
        smooth = [conv(m) for conv, m in zip(self.smooth, maps[:-1], strict=True)] + maps[-1:]
        x = self.fusion(torch.cat([resize(m, size) for m in smooth], 1))
        logits = self.final_layer(self.dropout(x))
        width, height = self.decoder.heatmap_size
        return resize(logits, (height, width))
