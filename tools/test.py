#!/usr/bin/env python3
"""Evaluate a checkpoint: MMPose's ``tools/test.py``, arguments included, with fifa_mm."""

import mmengine
from mmengine.hooks import Hook
from mmengine.runner import Runner

import fifa_mm  # noqa: F401  (registers)
from fifa_mm.launch import load_config, mmpose_tool, results_line


class SaveMetrics(Hook):
    """Writes the metrics of a test to a file."""

    def __init__(self, path):
        self.path = path

    def after_test_epoch(self, runner, metrics=None):
        if metrics is not None and runner.rank == 0:
            mmengine.dump(metrics, self.path)


def main():
    tool = mmpose_tool('test')
    args = tool.parse_args()
    runner = Runner.from_cfg(load_config(tool, args))
    if args.out:
        runner.register_hook(SaveMetrics(args.out), 'LOWEST')
    runner.test()
    print(results_line(runner))


if __name__ == '__main__':
    main()
