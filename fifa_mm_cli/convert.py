"""Write a ViT checkpoint of another library in the layout of ViTHourglass, and say what it is.

    fifa_mm convert FaRL-Base-Patch16-LAIONFace20M-ep64.pth farl.pth
    fifa_mm convert ViT-B-16.pt clip.pth --img-size 512

Reads FaRL, CLIP (OpenAI's TorchScript archives too, which are not run), timm, mmpretrain and
torchvision files. Training needs no conversion: `init_cfg` takes all of these but TorchScript as
they are. It saves the text tower's space, resizes the position embedding once, and prints the
arguments that fit.
"""

import argparse

MMPOSE = True
ERRORS = (ValueError, OSError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('source', help='checkpoint file or URL')
    parser.add_argument('target', help='file to write')
    parser.add_argument('--prefix', help='use only the keys that start with it')
    parser.add_argument('--img-size', type=int, help="default: the checkpoint's own")


def run(args: argparse.Namespace) -> None:
    from fifa_mm.models.backbones.plain_vit import STYLES
    from fifa_mm.models.backbones.vit_conversion import convert

    found = convert(args.source, args.target, args.prefix, args.img_size)
    printed = ', '.join(f'{key}={value!r}' for key, value in found.items())
    print(f'{args.target}: {printed}')
    style = STYLES[found['style']] if isinstance(found['style'], str) else found['style']
    print(
        'The file does not show, so check: 64 channels a head, '
        f'act={style["act"]!r}, norm_eps={style["norm_eps"]}'
    )
