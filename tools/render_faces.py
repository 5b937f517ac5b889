#!/usr/bin/env python3
"""The command ``fifa_mm render-faces``, which says more with ``--help``."""

from fifa_mm_cli import run

if __name__ == '__main__':
    run('render-faces')
