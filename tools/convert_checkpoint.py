#!/usr/bin/env python3
"""The command ``fifa_mm convert``, which says more with ``--help``."""

from fifa_mm_cli import run

if __name__ == '__main__':
    run('convert')
