"""The plain Vision Transformer that ViTHourglass is built on.

Source: Dosovitskiy et al., 2021; the default style is CLIP's (Radford et al., 2021), which FaRL
continued to train on faces.

Shapes: B images, N tokens (class token first), D width, h x w patches (N = h w + 1).
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn.bricks import DropPath
from mmengine.logging import print_log
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from fifa_mm.checks import choice, flag, integer, integers, number, size
from fifa_mm.models.backbones.vit_checkpoint import load_pretrained, resize_pos_embed

ARCHS = {
    'base': {'width': 768, 'depth': 12, 'heads': 12},
    'small': {'width': 192, 'depth': 6, 'heads': 3},
    'tiny': {'width': 48, 'depth': 3, 'heads': 3},
}

# What the checkpoints of a family have in common. A state dict shows pre_norm and patch_bias; it
# does not show act and norm_eps.
STYLES = {
    'clip': {'pre_norm': True, 'patch_bias': False, 'act': 'quick_gelu', 'norm_eps': 1e-5},
    'vit': {'pre_norm': False, 'patch_bias': True, 'act': 'gelu', 'norm_eps': 1e-6},
}


class QuickGELU(nn.Module):
    """x sigmoid(1.702 x), CLIP's approximation of GELU."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


ACTS = {'quick_gelu': QuickGELU, 'gelu': nn.GELU}


def option(name: str, value: str | dict, presets: dict[str, dict]) -> dict:
    """The dict that ``value`` names in ``presets``, or ``value`` itself if it has the same keys."""
    if isinstance(value, str) and value in presets:
        return presets[value]
    keys = set(next(iter(presets.values())))
    if isinstance(value, dict) and set(value) == keys:
        return value
    raise ValueError(
        f'{name} must be one of {sorted(presets)} or a dict with the keys {sorted(keys)}, '
        f'got {value!r}'
    )


def check_indices(out_indices: Sequence[int], count: int, what: str) -> tuple[int, ...]:
    """``out_indices`` as a tuple of indices from 0; the last of ``count`` must be among them."""
    integers('out_indices', out_indices)
    indices = tuple(i + count if i < 0 else i for i in out_indices)
    if not indices or not all(0 <= i < count for i in indices) or count - 1 not in indices:
        raise ValueError(
            f'out_indices must lie in [{-count}, {count - 1}] and include the last {what} (what '
            f'follows the last output would never be trained), got {tuple(out_indices)}'
        )
    return indices


class Layer(nn.Module):
    """One pre-norm transformer layer: (B, N, D) to (B, N, D)."""

    def __init__(self, width: int, heads: int, act: str, norm_eps: float, drop_path: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, norm_eps)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width, norm_eps)
        self.fc1 = nn.Linear(width, 4 * width)
        self.act = act
        self.fc2 = nn.Linear(4 * width, width)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop_path(self.attend(self.norm1(x)))
        hidden = self.act(self.fc1(self.norm2(x)))  # type: ignore[operator]
        return x + self.drop_path(self.fc2(hidden))

    def attend(self, x: Tensor) -> Tensor:
        qkv = self.qkv(x).unflatten(2, (3, self.heads, -1))  # (B, N, 3, heads, D / heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


@MODELS.register_module()
class PlainViT(BaseModule):
    """Vision Transformer that returns the tokens of chosen layers as maps, class token dropped.

    Args:
        arch: ``'base'`` (ViT-B/16), ``'small'`` (for a few CPU cores), ``'tiny'`` (for tests;
            neither is that of other libraries) or ``dict(width, depth, heads)``.
        img_size: side of the square input in pixels, or (width, height) as in a codec's
            ``input_size``. Other multiples of ``patch_size`` work too: the position embedding is
            then interpolated in every forward pass.
        patch_size: side of a patch in pixels.
        style: ``'clip'`` (FaRL, CLIP), ``'vit'`` (timm, torchvision and mmpretrain's own) or
            ``dict(pre_norm, patch_bias, act, norm_eps)``: LayerNorm before the first layer, bias
            of the patch convolution, ``'quick_gelu'`` or ``'gelu'``, epsilon of every LayerNorm.
        final_norm: LayerNorm after the last layer. FaRL's taps do without.
        out_indices: layers to return, counted from 0; negative from the end. The last layer must
            be among them.
        drop_path: stochastic depth of the last layer; the first has none, linear between.
        with_cp: activation checkpointing of every layer.
        resize_input: resize images of another size to ``img_size`` first, bilinearly, as FaRL does
            from 512 to 448.
        init_cfg: ``dict(type='Pretrained', checkpoint=...)`` loads ViT checkpoints of FaRL, CLIP,
            timm, mmpretrain and torchvision, recognised by their keys (``vit_checkpoint.py``).

    Shape:
        (B, 3, H, W) to a tuple of (B, D, H / patch_size, W / patch_size).

    Raises:
        ValueError: for an argument outside its range, and for an input or an ``img_size`` that
            ``patch_size`` does not divide.
    """

    def __init__(
        self,
        arch: str | dict = 'base',
        img_size: int | Sequence[int] = 512,
        patch_size: int = 16,
        style: str | dict = 'clip',
        final_norm: bool = False,
        out_indices: Sequence[int] = (-1,),
        drop_path: float = 0.0,
        with_cp: bool = False,
        resize_input: bool = False,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        arch, style = option('arch', arch, ARCHS), option('style', style, STYLES)
        self.width, depth, heads = arch['width'], arch['depth'], arch['heads']
        choice('act', style['act'], sorted(ACTS))
        number('norm_eps', style['norm_eps'], above=0)
        integer('depth', depth, 1)
        integer('heads', heads, 1)
        integer('width', self.width, 1, divisor=heads)
        number('drop_path', drop_path, 0, below=1)
        for name, value in (('final_norm', final_norm), ('with_cp', with_cp)):
            flag(name, value)
        self.patch_size, self.with_cp = integer('patch_size', patch_size, 1), with_cp
        width_height = (img_size, img_size) if isinstance(img_size, int) else img_size
        width_height = size('img_size', width_height)
        self.grid = self.grid_of(*reversed(width_height))  # (h, w)
        self.resize_to = tuple(reversed(width_height)) if resize_input else None
        self.out_indices = check_indices(out_indices, depth, 'layer')

        self.patch_embed = nn.Conv2d(
            3, self.width, patch_size, patch_size, bias=style['patch_bias']
        )
        self.cls_token = nn.Parameter(torch.empty(1, 1, self.width))
        self.pos_embed = nn.Parameter(torch.empty(1, 1 + self.grid[0] * self.grid[1], self.width))
        eps = style['norm_eps']
        self.pre_norm = nn.LayerNorm(self.width, eps) if style['pre_norm'] else nn.Identity()
        self.layers = nn.ModuleList(
            Layer(self.width, heads, ACTS[style['act']](), eps, drop_path * i / max(depth - 1, 1))
            for i in range(depth)
        )
        self.norm = nn.LayerNorm(self.width, eps) if final_norm else nn.Identity()
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2 or name in ('cls_token', 'pos_embed'):
                nn.init.normal_(parameter, std=0.02)
            elif name.startswith('layers.') and name.endswith('bias'):
                nn.init.zeros_(parameter)

    def grid_of(self, height: int, width: int) -> tuple[int, int]:
        """(h, w) patches of an image of ``height`` x ``width`` pixels."""
        if min(height, width) < 1 or height % self.patch_size or width % self.patch_size:
            raise ValueError(
                f'the image size must be divisible by patch_size={self.patch_size}, '
                f'got {width} x {height} (width x height)'
            )
        return height // self.patch_size, width // self.patch_size

    def embed(self, images: Tensor) -> tuple:
        """(B, 3, H, W) to tokens (B, N, D) and the grid (h, w)."""
        if self.resize_to is not None:
            images = F.interpolate(images, self.resize_to, mode='bilinear', align_corners=False)
        grid = self.grid_of(*images.shape[-2:])
        pos_embed: Tensor = self.pos_embed
        if grid != self.grid:
            pos_embed = resize_pos_embed(pos_embed, grid, self.grid)
        patches = self.patch_embed(images).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.cls_token.expand(images.shape[0], -1, -1).to(patches), patches], 1)
        return self.pre_norm(tokens + pos_embed), grid

    def run(self, module: nn.Module, x: Tensor) -> Tensor:
        """``module(x)``; with ``with_cp`` its activations are computed again in the backward."""
        if self.with_cp and torch.is_grad_enabled():
            return checkpoint(module, x, use_reentrant=False)
        return module(x)

    def to_map(self, tokens: Tensor, grid: tuple) -> Tensor:
        """Patch tokens of (B, N, D) as (B, D, h, w)."""
        return tokens[:, 1:].transpose(1, 2).unflatten(2, grid)

    def forward(self, images: Tensor) -> tuple:
        tokens, grid = self.embed(images)
        maps = {}
        last = len(self.layers) - 1
        for i, layer in enumerate(self.layers):
            tokens = self.run(layer, tokens)
            if i in self.out_indices:
                maps[i] = self.to_map(self.norm(tokens) if i == last else tokens, grid)
        return tuple(maps[i] for i in self.out_indices)

    def init_weights(self) -> None:
        """Load ``init_cfg``'s pretrained checkpoint, after any other initialisation it asks for."""
        if self.is_init:
            return
        init_cfg: Any = self.init_cfg  # type: ignore[has-type]
        cfgs = [init_cfg] if isinstance(init_cfg, dict) else init_cfg or []
        self.init_cfg = [cfg for cfg in cfgs if cfg['type'] != 'Pretrained']
        super().init_weights()
        self.init_cfg = init_cfg
        for cfg in cfgs:
            if cfg['type'] == 'Pretrained':
                load_pretrained(self, **{k: v for k, v in cfg.items() if k != 'type'})

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        key = prefix + 'pos_embed'
        pos_embed = state_dict.get(key)
        if pos_embed is not None and pos_embed.shape[1] != self.pos_embed.shape[1]:
            state_dict[key] = resize_pos_embed(pos_embed, self.grid)
            print_log(
                f'{key}: resized from {pos_embed.shape[1]} to {self.pos_embed.shape[1]} tokens',
                'current',
            )
        super()._load_from_state_dict(state_dict, prefix, *args)
