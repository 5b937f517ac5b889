"""Train a model: MMPose's ``tools/train.py``, arguments included, with fifa_mm.

    fifa_mm train configs/demo.py --work-dir work_dirs/demo
    fifa_mm train fifa_vit_wflw --cfg-options train_dataloader.batch_size=8

CONFIG is a file, or the name of one that comes with the package. Adds a progress bar where the
output is a terminal, and report.json and pictures in the work directory.
"""

import argparse

from fifa_mm_cli.mmpose_arguments import add_shared, prepared

MMPOSE = True
ERRORS = ()


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

    import fifa_mm  # noqa: F401  (registers)
    from fifa_mm.launch import load_config, mmpose_tool, report_results
    from fifa_mm.quiet_runner import QuietRunner

    runner = QuietRunner.from_cfg(load_config(mmpose_tool('train'), prepared(args)))
    runner.train()
    report_results(runner)
