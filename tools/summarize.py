#!/usr/bin/env python3
"""Summarise training runs: a Markdown table on the screen, their curves in a picture.

Example: python tools/summarize.py work_dirs/*/report.json --curves curves.png
"""

import argparse
import sys

from fifa_mm.files import write_figure
from fifa_mm.plots.training import draw_curves
from fifa_mm.summary import load_reports, markdown_table


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('reports', nargs='+', help='report.json of runs that ended')
    parser.add_argument('--curves', help='PNG of the validation NME by epoch')
    args = parser.parse_args()
    try:
        reports = load_reports(args.reports)
    except (OSError, ValueError) as error:
        sys.exit(f'summarize: {error}')
    print(markdown_table(reports))
    if args.curves:
        write_figure(args.curves, draw_curves({name: [r] for name, r in reports.items()}))


if __name__ == '__main__':
    main()
