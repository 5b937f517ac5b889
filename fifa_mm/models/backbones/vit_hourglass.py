"""ViT-hourglass, the backbone of FiFA (section 3.2 and Figure 2).

Shapes: B images, N tokens (class token first), D width, h x w patches, C hourglass channels.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from fifa_mm.checks import integer, integers
from fifa_mm.models.backbones.hourglass import Hourglass
from fifa_mm.models.backbones.plain_vit import PlainViT, check_indices

HOURGLASSES = {
    'base': {'channels': 256, 'levels': 4},
    'small': {'channels': 64, 'levels': 4},
    'tiny': {'channels': 16, 'levels': 2},
}
STRIDE = 4


@contextmanager
def statistics_kept(module: nn.Module) -> Iterator[None]:
    """BatchNorm's running statistics do not move: a checkpointed forward must count once."""
    momenta = {m: m.momentum for m in module.modules() if isinstance(m, _BatchNorm)}
    for norm in momenta:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in momenta.items():
            norm.momentum = momentum


class TokenHourglass(nn.Module):
    """Patch tokens up to stride 4, through an hourglass, and back to the tokens.

    Up: transposed convolutions of stride 2 with norm and GELU between them, as FaRL's finest level.
    Back: mean over every patch and a 1 x 1 convolution that starts at zero, so that a pretrained
    ViT is intact at the first step.

    Args:
        width: D.
        channels: C.
        doublings: how often the patch grid is doubled to reach stride 4.
        feedback: False where no layer follows that could read the tokens.
        norm_cfg: normalisation layer.
        **hourglass: arguments of ``Hourglass``.

    Shape:
        (B, D, h, w) to the map (B, C, h 2^doublings, w 2^doublings) and what is to be added to the
        patch tokens, (B, h w, D) or None.
    """

    def __init__(
        self,
        width: int,
        channels: int,
        doublings: int,
        feedback: bool,
        norm_cfg: dict | None,
        **hourglass: Any,
    ) -> None:
        super().__init__()
        up: list[nn.Module] = []
        for _ in range(doublings - 1):
            up.append(nn.ConvTranspose2d(width if not up else channels, channels, 2, 2, bias=False))
            up += [build_norm_layer(norm_cfg, channels)[1], nn.GELU()]
        up.append(nn.ConvTranspose2d(channels if up else width, channels, 2, 2))
        self.up = nn.Sequential(*up)
        self.hourglass = Hourglass(channels, norm_cfg=norm_cfg, **hourglass)
        self.back = None
        if feedback:
            self.back = nn.Conv2d(channels, width, 1)
            nn.init.constant_(self.back.weight, 0)
            nn.init.constant_(self.back.bias, 0)  # type: ignore[arg-type]
        self.scale = 2**doublings

    def forward(self, x: Tensor) -> tuple:
        x = self.hourglass(self.up(x))
        if self.back is None:
            return x, None
        return x, self.back(F.avg_pool2d(x, self.scale)).flatten(2).transpose(1, 2)


@MODELS.register_module()
class ViTHourglass(PlainViT):
    """ViT-B/16 with an anti-aliased hourglass after every four layers.

    The tokens after layer 4, 8 and 12 pass through an hourglass at stride 4. Its map is an output
    of the backbone and, through a projection that starts at zero, is added to the tokens.
    The paper does not say how hourglass and transformer are wired; this is our reading.

    Args:
        arch: ``'base'`` (the paper), ``'small'`` (for a few CPU cores), ``'tiny'`` (for tests) or
            ``dict(width, depth, heads)``.
        img_size: side of the square input in pixels, or (width, height) as in a codec's
            ``input_size``. Other multiples of ``patch_size`` work too: position embedding and
            FF-Parser weights are then interpolated in every forward pass.
        patch_size: 8, 16 or 32, any power of two from 8 on.
        hourglass_after: layers after which an hourglass stands, counted from 1; the last one must
            stand after the last layer. Default: after each third.
        channels: C; default 256 (base and dict), 64 (small), 16 (tiny).
        levels: how often an hourglass halves its map; default 4, tiny 2.
        blur: config of the anti-aliasing layer: a module that takes ``channels`` and halves a map.
            None: strided convolutions instead (ablation).
        out_indices: hourglasses whose maps are returned, counted from 0; negative from the end.
            The last must be among them.
        norm_cfg: normalisation in the hourglasses; ``dict(type='SyncBN')`` for several GPUs.
        with_cp: activation checkpointing of every layer and every hourglass.
        **vit: ``style``, ``drop_path``, ``resize_input`` and ``init_cfg`` of ``PlainViT``; a plain
            ViT checkpoint leaves the hourglasses as they are.

    Shape:
        (B, 3, H, W) to a tuple of (B, C, H / 4, W / 4).

    Raises:
        ValueError: for an argument outside its range, and for an input whose size ``patch_size``
            does not divide or which is too small for ``levels``.
    """

    def __init__(
        self,
        arch: str | dict = 'base',
        img_size: int | Sequence[int] = 512,
        patch_size: int = 16,
        hourglass_after: Sequence[int] | None = None,
        channels: int | None = None,
        levels: int | None = None,
        blur: dict | None = {'type': 'antialiased_cnns.BlurPool'},  # noqa: B006
        out_indices: Sequence[int] = (-1,),
        norm_cfg: dict | None = {'type': 'BN'},  # noqa: B006
        style: str | dict = 'clip',
        drop_path: float = 0.0,
        with_cp: bool = False,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(
            arch,
            img_size,
            patch_size,
            style,
            drop_path=drop_path,
            with_cp=with_cp,
            init_cfg=init_cfg,
        )
        doublings = (patch_size // STRIDE).bit_length() - 1
        if doublings < 1 or STRIDE * 2**doublings != patch_size:
            raise ValueError(f'patch_size must be a power of two from 8 on, got {patch_size}')
        depth = len(self.layers)
        if hourglass_after is None:
            hourglass_after = (depth // 3, 2 * depth // 3, depth)
        after = list(integers('hourglass_after', hourglass_after))
        if after != sorted(set(after)) or not after or after[0] < 1 or after[-1] != depth:
            raise ValueError(
                f'hourglass_after must rise from 1 or more to the depth {depth} (layers after the '
                f'last hourglass would never be trained), got {tuple(after)}'
            )
        self.out_indices = check_indices(out_indices, len(after), 'hourglass')
        preset = HOURGLASSES[arch if isinstance(arch, str) else 'base']
        channels = preset['channels'] if channels is None else channels
        integer('channels', channels, 4, divisor=4)
        self.hourglasses = nn.ModuleDict()
        for i in after:
            self.hourglasses[str(i)] = TokenHourglass(
                self.width,
                channels,
                doublings,
                feedback=i < depth,
                norm_cfg=norm_cfg,
                size=[side * 2**doublings for side in self.grid],
                levels=preset['levels'] if levels is None else levels,
                blur=blur,
            )

    def forward(self, images: Tensor) -> tuple:
        tokens, grid = self.embed(images)
        maps = []
        for i, layer in enumerate(self.layers, 1):
            tokens = self.run(layer, tokens)
            if str(i) in self.hourglasses:
                hourglass = self.hourglasses[str(i)]
                feature, feedback = self.run(hourglass, self.to_map(tokens, grid))
                maps.append(feature)
                if feedback is not None:
                    tokens = torch.cat([tokens[:, :1], tokens[:, 1:] + feedback], 1)
        return tuple(maps[i] for i in self.out_indices)

    def run(self, module: nn.Module, x: Tensor) -> Tensor:
        if self.with_cp and torch.is_grad_enabled():
            contexts = lambda: (nullcontext(), statistics_kept(module))  # noqa: E731
            return checkpoint(module, x, use_reentrant=False, context_fn=contexts)
        return module(x)
