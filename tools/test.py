#!/usr/bin/env python3
"""Evaluate a checkpoint: MMPose's ``tools/test.py``, arguments included, with fifa_mm.

Adds ``--box``: test faces cropped by another box than the label's. A checkpoint that leaves a part
of the model random is an error, unless ``--allow-random-weights`` is given.
"""

import argparse
import sys

import mmengine
from mmengine.hooks import Hook
from mmengine.runner import Runner

import fifa_mm
from fifa_mm.hooks import AllWeightsHook
from fifa_mm.launch import load_config, mmpose_tool, report_results


class SaveMetrics(Hook):
    """Writes the metrics of a test to a file."""

    def __init__(self, path):
        self.path = path

    def after_test_epoch(self, runner, metrics=None):
        if metrics is not None and runner.rank == 0:
            mmengine.dump(metrics, self.path)


def parse_args(tool):
    """Our options, and the arguments of MMPose's tool."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, usage=argparse.SUPPRESS)
    parser.add_argument(
        '--box',
        default='label',
        metavar='BOX',
        help="crop test faces by 'label' (default), 'jitter' (the label's box with a detector's "
        "noise) or a JSON file of detections in the form of MMPose's bbox_file",
    )
    parser.add_argument(
        '--allow-random-weights',
        action='store_true',
        help='accept a checkpoint that lacks weights of the model, which then stay random',
    )
    ours, sys.argv[1:] = parser.parse_known_args()
    if {'-h', '--help'} & set(sys.argv):
        parser.print_help()
    return ours, tool.parse_args()


def main():
    tool = mmpose_tool('test')
    ours, args = parse_args(tool)
    cfg = load_config(tool, args)
    cfg.test_dataloader.dataset = fifa_mm.with_box(cfg.test_dataloader.dataset, ours.box)
    runner = Runner.from_cfg(cfg)
    if not ours.allow_random_weights:
        runner.register_hook(AllWeightsHook())
    if args.out:
        runner.register_hook(SaveMetrics(args.out), 'LOWEST')
    runner.test()
    report_results(runner, args.checkpoint)


if __name__ == '__main__':
    main()
