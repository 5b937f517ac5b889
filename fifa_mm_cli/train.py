"""Train a model: MMPose's ``tools/train.py``, arguments included, with fifa_mm.

    fifa_mm train configs/demo.py --work-dir work_dirs/demo
    fifa_mm train fifa_vit_wflw --cfg-options train_dataloader.batch_size=8

CONFIG is a file, or the name of one that comes with the package. Adds a progress bar where the
output is a terminal, and report.json and pictures in the work directory. One training at a time has
a work directory; what was killed or stopped goes on with --resume after the last epoch saved.
"""

import argparse
import os

from fifa_mm_cli.mmpose_arguments import add_shared, prepared
from fifa_mm_cli.stopping import end_with_parent

MMPOSE = True
ERRORS = (ValueError, OSError)
STOPPED = '; --resume goes on after the last epoch saved'
PARENT = 'FIFA_MM_PARENT'  # process id of a program that this training is a part of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('config', help='config file, or the name of a shipped one')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from a checkpoint, by default the last one in the work directory',
    )
    parser.add_argument('--amp', action='store_true', help='automatic mixed precision')
    parser.add_argument('--no-validate', action='store_true', help='do not evaluate meanwhile')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate with the batch, by auto_scale_lr of the config',
    )
    add_shared(parser)


def run(args: argparse.Namespace) -> None:
    if parent := os.environ.pop(PARENT, None):
        end_with_parent(int(parent), 'train')
    import fifa_mm  # noqa: F401  (registers)
    from fifa_mm.launch import load_config, mmpose_tool, report_results
    from fifa_mm.lock import locked_work_dir
    from fifa_mm.quiet_runner import QuietRunner

    cfg = load_config(mmpose_tool('train'), prepared(args))
    with locked_work_dir(cfg.work_dir, args.launcher):
        runner = QuietRunner.from_cfg(cfg)
        runner.train()
        report_results(runner)
