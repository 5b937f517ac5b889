"""Checkpoints of other libraries' Vision Transformers: recognise, rename, resize, load.

Key layouts as of openai/CLIP (FaRL has the same), pytorch-image-models, mmpretrain and torchvision.
"""

import re
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

# Per layout: (pattern, our name). The first pattern is the patch convolution, by which, together
# with a key of the first layer, a layout is recognised; what no pattern matches is left over.
LAYOUTS = {
    'ours': [
        (r'patch_embed\.(weight|bias)', r'patch_embed.\1'),
        (r'((?:cls_token|pos_embed|pre_norm|norm|layers|hourglasses)\b.*)', r'\1'),
    ],
    'CLIP': [
        (r'conv1\.(weight|bias)', r'patch_embed.\1'),
        (r'class_embedding', r'cls_token'),
        (r'positional_embedding', r'pos_embed'),
        (r'ln_pre\.(\w+)', r'pre_norm.\1'),
        (r'ln_post\.(\w+)', r'norm.\1'),
        (r'transformer\.resblocks\.(\d+)\.ln_([12])\.(\w+)', r'layers.\1.norm\2.\3'),
        (r'transformer\.resblocks\.(\d+)\.attn\.in_proj_(\w+)', r'layers.\1.qkv.\2'),
        (r'transformer\.resblocks\.(\d+)\.attn\.out_proj\.(\w+)', r'layers.\1.proj.\2'),
        (r'transformer\.resblocks\.(\d+)\.mlp\.c_fc\.(\w+)', r'layers.\1.fc1.\2'),
        (r'transformer\.resblocks\.(\d+)\.mlp\.c_proj\.(\w+)', r'layers.\1.fc2.\2'),
        (r'transformer\.resblocks\.(.+)', r'layers.\1'),
    ],
    'timm': [
        (r'patch_embed\.proj\.(weight|bias)', r'patch_embed.\1'),
        (r'(cls_token|pos_embed)', r'\1'),
        (r'norm_pre\.(\w+)', r'pre_norm.\1'),
        (r'norm\.(\w+)', r'norm.\1'),
        (r'blocks\.(\d+)\.norm([12])\.(\w+)', r'layers.\1.norm\2.\3'),
        (r'blocks\.(\d+)\.attn\.(qkv|proj)\.(\w+)', r'layers.\1.\2.\3'),
        (r'blocks\.(\d+)\.mlp\.(fc[12])\.(\w+)', r'layers.\1.\2.\3'),
        (r'blocks\.(.+)', r'layers.\1'),
    ],
    'mmpretrain': [
        (r'patch_embed\.projection\.(weight|bias)', r'patch_embed.\1'),
        (r'(cls_token|pos_embed)', r'\1'),
        (r'pre_norm\.(\w+)', r'pre_norm.\1'),
        (r'(?:ln1|norm1)\.(\w+)', r'norm.\1'),
        (r'layers\.(\d+)\.(?:ln|norm)([12])\.(\w+)', r'layers.\1.norm\2.\3'),
        (r'layers\.(\d+)\.attn\.(qkv|proj)\.(\w+)', r'layers.\1.\2.\3'),
        (r'layers\.(\d+)\.ffn\.layers\.0\.0\.(\w+)', r'layers.\1.fc1.\2'),
        (r'layers\.(\d+)\.ffn\.layers\.1\.(\w+)', r'layers.\1.fc2.\2'),
        (r'layers\.(.+)', r'layers.\1'),
    ],
    'torchvision': [
        (r'conv_proj\.(weight|bias)', r'patch_embed.\1'),
        (r'class_token', r'cls_token'),
        (r'encoder\.pos_embedding', r'pos_embed'),
        (r'encoder\.ln\.(\w+)', r'norm.\1'),
        (r'encoder\.layers\.encoder_layer_(\d+)\.ln_([12])\.(\w+)', r'layers.\1.norm\2.\3'),
        (
            r'encoder\.layers\.encoder_layer_(\d+)\.self_attention\.in_proj_(\w+)',
            r'layers.\1.qkv.\2',
        ),
        (
            r'encoder\.layers\.encoder_layer_(\d+)\.self_attention\.out_proj\.(\w+)',
            r'layers.\1.proj.\2',
        ),
        (r'encoder\.layers\.encoder_layer_(\d+)\.mlp\.(?:0|linear_1)\.(\w+)', r'layers.\1.fc1.\2'),
        (r'encoder\.layers\.encoder_layer_(\d+)\.mlp\.(?:3|linear_2)\.(\w+)', r'layers.\1.fc2.\2'),
        (r'encoder\.layers\.encoder_layer_(.+)', r'layers.\1'),
    ],
}


def rename(state_dict: dict, layout: str, prefix: str = '') -> tuple:
    """Our names for the keys of ``state_dict`` that start with ``prefix``, and the keys left over.

    Nothing is dropped that belongs to a transformer layer: what we have no name for keeps its own
    under ``layers.``, so that loading can refuse it.
    """
    renamed, left_over = {}, []
    for key, value in state_dict.items():
        for pattern, name in LAYOUTS[layout]:
            if key.startswith(prefix) and (match := re.fullmatch(pattern, key[len(prefix) :])):
                name = match.expand(name)
                if name in ('cls_token', 'pos_embed'):
                    value = value.reshape(1, -1, value.shape[-1])
                renamed[name] = value
                break
        else:
            left_over.append(key)
    return renamed, left_over


def recognise(state_dict: dict) -> tuple:
    """(layout, prefix) of the one Vision Transformer in ``state_dict``.

    Raises:
        ValueError: there is none of a known layout, or more than one.
    """
    found = []
    for layout, patterns in LAYOUTS.items():
        patch = re.compile(r'((?:\w+\.)*?)' + patterns[0][0])
        for key in state_dict:
            if key.endswith('.weight') and (match := patch.fullmatch(key)):
                prefix = match[1]
                if any(
                    name.startswith('layers.0.') for name in rename(state_dict, layout, prefix)[0]
                ):
                    found.append((layout, prefix))
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(
            f'the checkpoint holds several Vision Transformers, with the prefixes '
            f"{[prefix for _, prefix in found]}: choose one by init_cfg's prefix"
        )
    raise ValueError(
        f'the checkpoint is no Vision Transformer of a known layout ({", ".join(LAYOUTS)}); its '
        f'first keys are {list(state_dict)[:5]}'
    )


def resize_pos_embed(pos_embed: Tensor, grid: tuple, source_grid: tuple | None = None) -> Tensor:
    """Bicubic interpolation of a position embedding, class token kept, as FaRL and mmpretrain do.

    Args:
        pos_embed: (1, 1 + h w, D), class token first.
        grid: (h, w) wanted.
        source_grid: (h, w) of ``pos_embed``; square when not given.
    """
    count = pos_embed.shape[1] - 1
    if source_grid is None:
        source_grid = (round(max(count, 0) ** 0.5),) * 2
        if source_grid[0] ** 2 != count or count < 1:
            raise ValueError(
                f'pos_embed must hold a class token and a square grid of patches, '
                f'got {count + 1} tokens'
            )
    patches = pos_embed[:, 1:].transpose(1, 2).unflatten(2, source_grid)
    patches = F.interpolate(patches.float(), tuple(grid), mode='bicubic', align_corners=False)
    return torch.cat([pos_embed[:, :1].float(), patches.flatten(2).transpose(1, 2)], 1)


def read_checkpoint(checkpoint: str, map_location: str = 'cpu') -> dict:
    """Tensors of a checkpoint file or URL by key, out of ``state_dict`` or ``model`` wrappers.

    Raises:
        ValueError: the file is truncated, no PyTorch file, asks for more than data
            (:mod:`fifa_mm.safe_load`), or holds no tensors.
    """
    content = CheckpointLoader.load_checkpoint(checkpoint, map_location)
    while isinstance(content, dict):
        inner = [content[k] for k in ('state_dict', 'model', 'model_state_dict') if k in content]
        if not inner or not isinstance(inner[0], dict):
            break
        content = inner[0]
    content = content if isinstance(content, dict) else {}
    tensors = {k: v for k, v in content.items() if isinstance(v, Tensor)}
    if not tensors:
        raise ValueError(f'checkpoint {checkpoint!r} holds no tensors')
    return tensors


def load_pretrained(
    model: nn.Module, checkpoint: str, prefix: str | None = None, map_location: str = 'cpu'
) -> None:
    """Load a checkpoint file or URL into a backbone: ``read_checkpoint``, then ``load_vit``."""
    load_vit(model, read_checkpoint(checkpoint, map_location), prefix, repr(checkpoint))


def load_vit(
    model: nn.Module, state_dict: dict, prefix: str | None = None, source: str = 'the checkpoint'
) -> None:
    """Load a state dict of any layout into a backbone and log what became of its keys.

    Every transformer weight of the file must have its place in the model and the other way round.
    The final norm may stay behind, and so may hourglasses where only one side has them.

    Args:
        model: ``PlainViT`` or ``ViTHourglass``, changed in place.
        state_dict: tensors by key.
        prefix: use only the keys that start with it; needed when there are several models.
        source: where it comes from, for messages.

    Raises:
        ValueError: the layout is not recognised, or keys are missing, misshapen or without a place
            in the model; the message lists them.
    """
    if prefix is not None:
        state_dict = {k: v for k, v in state_dict.items() if k.startswith(prefix)}
    layout, found = recognise(state_dict)
    renamed, left_over = rename(state_dict, layout, found)
    expected = model.state_dict().keys()

    def hourglass_keys(keys: Iterable[str]) -> set[str]:
        return {key for key in keys if key.startswith('hourglasses.')}

    theirs, ours = hourglass_keys(renamed), hourglass_keys(expected)
    dropped = {name for name in renamed.keys() - expected if name.startswith('norm.')}
    dropped |= theirs if not ours else set()
    fresh = ours if not theirs else set()
    weights = {name: value for name, value in renamed.items() if name not in dropped}

    problems = [f'  missing: {name}' for name in expected if name not in weights.keys() | fresh]
    problems += [f'  no place for: {name}' for name in weights if name not in expected]
    try:
        model.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        problems += [f'  misshapen: {line.strip()}' for line in str(error).splitlines()[1:]]
    if problems:
        raise ValueError(
            f'{source} ({layout} layout) does not fit {type(model).__name__}; '
            f"arch, img_size, patch_size and style must be the checkpoint's "
            f"(pre_norm.* comes with style='clip', patch_embed.bias with style='vit'):\n"
            + '\n'.join(problems)
        )
    left_over += sorted(dropped)
    print_log(
        f'{type(model).__name__}: {len(weights)} tensors from {source} ({layout} layout, '
        f'prefix {found!r}); {len(fresh)} tensors of the hourglasses keep their initial values; '
        f'{len(left_over)} left over: {", ".join(left_over) or "none"}',
        'current',
    )
