"""Evaluate a checkpoint: MMPose's ``tools/test.py``, arguments included, with fifa_mm.

    fifa_mm test table2/fifa_wflw work_dirs/fifa_wflw/best_NME_epoch_250.pth

CONFIG is a file, or the name of one that comes with the package. A checkpoint that leaves a part of
the model random is an error, unless --allow-random-weights is given.
"""

import argparse
from pathlib import Path

from fifa_mm_cli.mmpose_arguments import add_shared, prepared

MMPOSE = True
ERRORS = (ValueError, OSError)
STOPPED = ''
# What MMEngine and MMPose can write.
OUTPUTS = {'out': ('.json', '.yaml', '.yml', '.pkl', '.pickle'), 'dump': ('.pkl', '.pickle')}
BOX = """crop test faces by 'label' (default), 'jitter' (the label's box with a detector's noise) or
a JSON file of detections in the form of MMPose's bbox_file"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('config', help='config file, or the name of a shipped one')
    parser.add_argument('checkpoint')
    parser.add_argument('--box', default='label', help=BOX)
    parser.add_argument(
        '--allow-random-weights',
        action='store_true',
        help='accept a checkpoint that lacks weights of the model, which then stay random',
    )
    parser.add_argument('--out', help='file of the metrics')
    parser.add_argument('--dump', help='pickle file of the predictions')
    parser.add_argument('--badcase', action='store_true', help="MMPose's analysis of bad cases")
    add_shared(parser, cfg_options={})


def check(args: argparse.Namespace) -> None:
    """Raise an error for what would else be one after the work."""
    from fifa_mm.files import check_writable

    for option, formats in OUTPUTS.items():
        if path := getattr(args, option):
            if Path(path).suffix not in formats:
                raise ValueError(f'--{option} must end in {", ".join(formats)}, got {path!r}')
            check_writable(path)
    if '://' not in args.checkpoint and not Path(args.checkpoint).is_file():
        raise FileNotFoundError(f'no checkpoint at {args.checkpoint}')


def run(args: argparse.Namespace) -> None:
    import mmengine
    from mmengine.dist import is_main_process

    from fifa_mm.hooks.all_weights_hook import AllWeightsHook
    from fifa_mm.launch import load_config, mmpose_tool, report_results
    from fifa_mm.quiet_runner import QuietRunner
    from fifa_mm.transforms.evaluation_box import with_box

    check(args)
    cfg = load_config(mmpose_tool('test'), prepared(args))
    cfg.test_dataloader.dataset = with_box(cfg.test_dataloader.dataset, args.box)
    runner = QuietRunner.from_cfg(cfg)
    if not args.allow_random_weights:
        runner.register_hook(AllWeightsHook())
    metrics = runner.test()
    if args.out and is_main_process():
        mmengine.dump(metrics, args.out)
    report_results(runner, args.checkpoint)
