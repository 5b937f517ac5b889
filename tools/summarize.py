#!/usr/bin/env python3
"""Summarise training runs: a Markdown table on the screen, their curves in a picture.

Example: python tools/summarize.py work_dirs/*/report.json --curves curves.png
"""

import argparse
import sys

from fifa_mm.files import write_figure
from fifa_mm.plots.training import draw_curves
from fifa_mm.summary import group_seeds, load_reports, markdown_table, seeds_table


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('reports', nargs='+', help='report.json of runs that ended')
    parser.add_argument('--curves', help='PNG of the validation NME by epoch')
    parser.add_argument(
        '--seeds',
        action='store_true',
        help='one row for NAME_seed0.json, NAME_seed1.json',
    )
    parser.add_argument(
        '--reach', type=float, metavar='NME', help='with --seeds: when validation was this good'
    )
    args = parser.parse_args()
    if args.reach is not None and not args.seeds:
        parser.error('--reach needs --seeds')
    try:
        reports = load_reports(args.reports)
    except (OSError, ValueError) as error:
        sys.exit(f'summarize: {error}')
    groups = group_seeds(reports) if args.seeds else {name: [r] for name, r in reports.items()}
    print(seeds_table(groups, args.reach) if args.seeds else markdown_table(reports))
    if args.curves:
        write_figure(args.curves, draw_curves(groups))


if __name__ == '__main__':
    main()
