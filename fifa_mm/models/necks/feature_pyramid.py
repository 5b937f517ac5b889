"""Feature pyramid on the equally large maps of a plain Vision Transformer."""

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm.checks import integer


@MODELS.register_module()
class FeaturePyramid(BaseModule):
    """Four maps of one size, from shallow to deep layers, as maps 4, 2, 1 and 1/2 times as large.

    FaRL's (https://github.com/FacePerceiver/FaRL), on the taps (3, 5, 7, 11) of a ViT-B/16:
    transposed convolution, norm, GELU, transposed convolution; transposed convolution; nothing;
    max pooling.

    Args:
        in_channels: C of every map.
        norm_cfg: normalisation layer; FaRL's is synchronised, ``sync_bn='torch'`` in a config.
        init_cfg: as in MMEngine.

    Shape:
        four of (B, C, H, W) to (B, C, 4H, 4W), (B, C, 2H, 2W), (B, C, H, W), (B, C, H/2, W/2).

    Raises:
        ValueError: another number of maps than four, or of channels than ``in_channels``.
    """

    def __init__(
        self,
        in_channels: int,
        norm_cfg: dict = {'type': 'BN'},  # noqa: B006
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.in_channels = integer('in_channels', in_channels, 1)
        self.up4 = nn.Sequential(
            nn.ConvTranspose2d(in_channels, in_channels, 2, 2),
            build_norm_layer(norm_cfg, in_channels)[1],
            nn.GELU(),
            nn.ConvTranspose2d(in_channels, in_channels, 2, 2),
        )
        self.up2 = nn.ConvTranspose2d(in_channels, in_channels, 2, 2)
        self.down2 = nn.MaxPool2d(2)

    def forward(self, maps: tuple[Tensor]) -> tuple:
        if len(maps) != 4 or any(m.shape[1] != self.in_channels for m in maps):
            raise ValueError(
                f'FeaturePyramid takes four maps of {self.in_channels} channels, got maps of '
                f"{[m.shape[1] for m in maps]}: change the backbone's out_indices or in_channels"
            )
        first, second, third, fourth = maps
        return self.up4(first), self.up2(second), third, self.down2(fourth)
