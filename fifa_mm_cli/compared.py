"""What the commands share that compare trained networks on the same faces."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fifa_mm.predict.labelled import LabelledFaces
    from fifa_mm.predict.torch_network import TorchNetwork


def add_networks(parser: argparse.ArgumentParser, out: str) -> None:
    parser.add_argument('--configs', nargs='+', help='by default the config beside a checkpoint')
    parser.add_argument('--names', nargs='+', help='by default the folders of the checkpoints')
    parser.add_argument(
        '--faces', metavar='CONFIG', help='draw its test faces; by default those of the first one'
    )
    parser.add_argument('--out', default=out, metavar='FILE')


def check_networks(args: argparse.Namespace) -> None:
    count = len(args.checkpoints)
    for name in ('configs', 'names'):
        values = getattr(args, name)
        if values and len(values) != count:
            raise argparse.ArgumentError(None, f'--{name} must be {count}, got {len(values)}')
    args.names = args.names or [Path(path).absolute().parent.name for path in args.checkpoints]
    if len(set(args.names)) < count:
        raise argparse.ArgumentError(None, f'names must differ, as by --names: {args.names}')


def load(args: argparse.Namespace, count: int) -> tuple[dict[str, 'TorchNetwork'], 'LabelledFaces']:
    """The networks by name, and up to ``count`` faces that all of them take."""
    from mmengine.config import Config

    from fifa_mm.files import check_writable
    from fifa_mm.predict.trained import open_networks, shared_faces
    from fifa_mm.shipped import find_config

    check_writable(args.out)
    configs = args.configs and [find_config(name) for name in args.configs]
    networks = open_networks(args.checkpoints, configs)
    source = Config.fromfile(find_config(args.faces)) if args.faces else None
    faces = shared_faces(networks[0], source, count)
    return dict(zip(args.names, networks, strict=True)), faces
