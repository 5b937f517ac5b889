#!/usr/bin/env python3
"""Write a ViT checkpoint of another library in the layout of ViTHourglass, and say what it is.

    python tools/convert_checkpoint.py FaRL-Base-Patch16-LAIONFace20M-ep64.pth farl.pth
    python tools/convert_checkpoint.py ViT-B-16.pt clip.pth --img-size 512

Reads FaRL, CLIP (OpenAI's TorchScript archives too, which are not run), timm, mmpretrain and
torchvision files.
Training needs no conversion: `init_cfg` takes all of these but TorchScript as they are. It saves
the text tower's space, resizes the position embedding once, and prints the arguments that fit.
"""

import argparse

import torch

from fifa_mm import PlainViT
from fifa_mm.files import written_whole
from fifa_mm.models.backbones.plain_vit import ARCHS, STYLES
from fifa_mm.models.backbones.vit_checkpoint import load_vit, read_checkpoint, recognise, rename
from fifa_mm.torchscript import is_torchscript, torchscript_tensors


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', help='checkpoint file or URL')
    parser.add_argument('target', help='file to write')
    parser.add_argument('--prefix', help='use only the keys that start with it')
    parser.add_argument('--img-size', type=int, help="default: the checkpoint's own")
    return parser.parse_args()


def arguments(weights):
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


def main():
    args = parse_args()
    if is_torchscript(args.source):
        state_dict = torchscript_tensors(args.source)
    else:
        state_dict = read_checkpoint(args.source)
    if args.prefix is not None:
        state_dict = {k: v for k, v in state_dict.items() if k.startswith(args.prefix)}
    weights, _ = rename(state_dict, *recognise(state_dict))
    missing = [key for key in ('patch_embed.weight', 'pos_embed') if key not in weights]
    if missing:
        raise ValueError(f'{args.source} lacks {missing}')
    found = arguments(weights)
    if args.img_size:
        found['img_size'] = args.img_size
    model = PlainViT(**found, final_norm='norm.weight' in weights)
    load_vit(model, state_dict, source=args.source)
    with written_whole(args.target) as file:
        torch.save({'state_dict': model.state_dict()}, file)
    printed = ', '.join(f'{key}={value!r}' for key, value in found.items())
    print(f'{args.target}: {printed}')
    style = STYLES[found['style']] if isinstance(found['style'], str) else found['style']
    print(
        'The file does not show, so check: 64 channels a head, '
        f'act={style["act"]!r}, norm_eps={style["norm_eps"]}'
    )


if __name__ == '__main__':
    main()
