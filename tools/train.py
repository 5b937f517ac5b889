#!/usr/bin/env python3
"""Train a model: MMPose's ``tools/train.py``, arguments included, with fifa_mm.

Adds a progress bar where the output is a terminal, and ``report.json`` and pictures in the work
directory.
"""

from mmengine.runner import Runner

import fifa_mm  # noqa: F401  (registers)
from fifa_mm.launch import load_config, mmpose_tool, report_results


def main():
    tool = mmpose_tool('train')
    runner = Runner.from_cfg(load_config(tool, tool.parse_args()))
    runner.train()
    report_results(runner)


if __name__ == '__main__':
    main()
