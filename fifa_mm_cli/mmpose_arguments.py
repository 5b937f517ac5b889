"""The arguments that MMPose's ``tools/train.py`` and ``tools/test.py`` share."""

import argparse
import os

LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')


def add_shared(parser: argparse.ArgumentParser, cfg_options: dict | None = None) -> None:
    """Add them; ``cfg_options`` is the default of ``--cfg-options``."""
    parser.add_argument('--work-dir', help='folder of logs, checkpoints and results')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=cfg_options,
        metavar='KEY=VALUE',
        help="settings in place of the config's, for instance optim_wrapper.optimizer.lr=1e-4 or "
        'key="[(a,b),(c,d)]"',
    )
    parser.add_argument('--show-dir', help='folder of pictures')
    parser.add_argument('--show', action='store_true', help='show predictions in a window')
    parser.add_argument('--interval', type=int, default=1, help='of the pictures, in samples')
    parser.add_argument('--wait-time', type=float, default=1, help='of a window, in seconds')
    parser.add_argument('--launcher', choices=LAUNCHERS, default='none')
    # torch.distributed.launch passes one of these spellings.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def prepared(args: argparse.Namespace) -> argparse.Namespace:
    """What the ``parse_args`` of MMPose's tools would return, with the config's path."""
    from mmengine.config import DictAction

    from fifa_mm.shipped import find_config

    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    args.config = str(find_config(args.config))
    if args.cfg_options:
        for text in args.cfg_options:
            if '=' not in text.lstrip('='):
                raise ValueError(f'--cfg-options must be KEY=VALUE, got {text!r}')
        parser = argparse.ArgumentParser()
        parser.add_argument('--cfg-options', nargs='+', action=DictAction)
        args.cfg_options = parser.parse_args(['--cfg-options', *args.cfg_options]).cfg_options
    return args
