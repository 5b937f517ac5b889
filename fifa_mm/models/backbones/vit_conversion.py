"""Writes a ViT checkpoint of another library in the layout of ViTHourglass."""

from pathlib import Path
from typing import Any

from mmengine.runner import save_checkpoint
from torch import Tensor

from fifa_mm import checks
from fifa_mm.files import check_writable
from fifa_mm.models.backbones.plain_vit import ARCHS, STYLES, PlainViT
from fifa_mm.models.backbones.vit_checkpoint import load_vit, read_checkpoint, recognise, rename
from fifa_mm.torchscript import is_torchscript, torchscript_tensors


def arguments(weights: dict[str, Tensor]) -> dict[str, Any]:
    """Arguments of the backbone that a state dict in our layout shows."""
    kernel = weights['patch_embed.weight']
    width, patch_size = kernel.shape[0], kernel.shape[-1]
    depth = 1 + max(int(k.split('.')[1]) for k in weights if k.startswith('layers.'))
    shown = {'pre_norm': 'pre_norm.weight' in weights, 'patch_bias': 'patch_embed.bias' in weights}
    styles = [name for name, style in STYLES.items() if style.items() >= shown.items()]
    base = STYLES['clip' if shown['pre_norm'] else 'vit']
    arch = {'width': width, 'depth': depth, 'heads': max(width // 64, 1)}
    return {
        'arch': next((name for name, preset in ARCHS.items() if preset == arch), arch),
        'img_size': patch_size * round((weights['pos_embed'].shape[1] - 1) ** 0.5),
        'patch_size': patch_size,
        'style': styles[0] if styles else base | shown,
    }


def convert(
    source: str, target: str | Path, prefix: str | None = None, img_size: int | None = None
) -> dict[str, Any]:
    """Write the image tower of a checkpoint, with its position embedding resized.

    Args:
        source: File or URL.
        target: File to write.
        prefix: Only the keys that start with it are used.
        img_size: Side of the input in pixels, by default the checkpoint's own.

    Returns:
        The arguments of the backbone that fit.

    Raises:
        ValueError: it holds no ViT, several, or a part of one; no such ``img_size``.
        OSError: the file cannot be read, or the other not be written.
    """
    checks.integer('img_size', img_size, 1, optional=True)
    check_writable(target)
    if is_torchscript(source):
        state_dict = torchscript_tensors(source)
    else:
        state_dict = read_checkpoint(source)
    if prefix is not None:
        state_dict = {k: v for k, v in state_dict.items() if k.startswith(prefix)}
    weights, _ = rename(state_dict, *recognise(state_dict))
    missing = [key for key in ('patch_embed.weight', 'pos_embed') if key not in weights]
    if missing:
        raise ValueError(f'{source} lacks {missing}')
    found = arguments(weights)
    if img_size:
        found['img_size'] = img_size
    model = PlainViT(**found, final_norm='norm.weight' in weights)
    load_vit(model, state_dict, source=source)
    save_checkpoint({'state_dict': model.state_dict()}, str(target))
    return found
