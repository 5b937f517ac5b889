"""Summarise training runs: a Markdown table on the screen, their curves in a picture.

fifa_mm summarize work_dirs/*/report.json --curves curves.png
"""

import argparse

MMPOSE = False
ERRORS = (ValueError, OSError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('reports', nargs='+', help='report.json of runs that ended')
    parser.add_argument('--curves', metavar='FILE.png', help='draw the validation NME by epoch')
    parser.add_argument(
        '--seeds', action='store_true', help='one row for NAME_seed0.json, NAME_seed1.json'
    )
    parser.add_argument(
        '--reach', type=float, metavar='NME', help='with --seeds: when validation was this good'
    )


def run(args: argparse.Namespace) -> None:
    if args.reach is not None and not args.seeds:
        raise argparse.ArgumentError(None, '--reach needs --seeds')
    from fifa_mm.checks import number
    from fifa_mm.files import check_writable
    from fifa_mm.summary import group_seeds, load_reports, markdown_table, seeds_table

    number('--reach', args.reach, above=0, optional=True)
    if args.curves:
        check_writable(args.curves)
    reports = load_reports(args.reports)
    groups = group_seeds(reports) if args.seeds else {name: [r] for name, r in reports.items()}
    print(seeds_table(groups, args.reach) if args.seeds else markdown_table(reports))
    if args.curves:
        from fifa_mm.files import write_figure
        from fifa_mm.plots.training import draw_curves

        write_figure(args.curves, draw_curves(groups))
