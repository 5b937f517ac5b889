#!/usr/bin/env python3
"""Train the cells of one of the paper's tables and print them beside its numbers.

    python tools/reproduce.py 7 --data cofw                          # as the paper, days on a GPU
    python tools/reproduce.py 7 --data synthetic --size 128 --recipe cpu --cells 'hrnet*' --seeds 3

Each cell and seed is an ordinary training. What was stopped goes on from its last epoch, what is
done is skipped; several of these commands may run at once. One JSON file a cell and seed, the table
as Markdown and PNG and the curves go to RESULTS/tableN/DATA_SIZE_RECIPE. On several GPUs one cell
trains on each. Exit status 1: something is missing, unfinished, crashed or diverged.
"""

import argparse
import signal
import sys
import time

from fifa_mm.files import write_figure, write_text
from fifa_mm.plots.comparison import draw_comparison
from fifa_mm.plots.training import draw_curves
from fifa_mm.reproduce import comparison
from fifa_mm.reproduce.profiles import PROFILES
from fifa_mm.reproduce.recipes import RECIPES
from fifa_mm.reproduce.runs import Runs
from fifa_mm.reproduce.tables import TABLES


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('table', type=int, choices=TABLES)
    parser.add_argument('--data', choices=PROFILES, help="default: the table's own")
    parser.add_argument('--size', type=int, help='side of the input, 128, 256 or 512')
    parser.add_argument(
        '--recipe',
        default='full',
        choices=RECIPES,
        help="full: each system's own; the others are the same for all, from random weights",
    )
    parser.add_argument('--vit-weights', metavar='FILE', help='ViT-B/16 checkpoint, such as FaRL')
    parser.add_argument('--cells', default='*', metavar='GLOB', help="for instance 'hrnet*'")
    parser.add_argument('--seeds', type=int, default=1, metavar='N')
    parser.add_argument('--budget', type=float, metavar='MINUTES', help='stop after this time')
    parser.add_argument('--dry-run', action='store_true', help='say what would be done')
    parser.add_argument('--results', default='results')
    parser.add_argument('--work-dirs', default='work_dirs/reproduce')
    args = parser.parse_args()
    if args.seeds < 1:
        parser.error(f'--seeds must be at least 1, got {args.seeds}')
    return args


def write(runs):
    """Write the table, its picture and the curves, and print the table."""
    folder, records = runs.results.folder, runs.results.load()
    rows = comparison.summarize(runs.table, runs.setting.data, records)
    if not rows:
        return
    text = comparison.markdown(runs.table, runs.setting, rows)
    write_text(folder / 'table.md', text)
    write_figure(folder / 'table.png', draw_comparison(runs.table, runs.setting, rows))
    done = {r['cell']: [records[r['cell'], s] for s in r['seeds']] for r in rows if r['seeds']}
    if done:
        write_figure(folder / 'curves.png', draw_curves(done))
    print(f'\n{text}\nwritten to {folder}')


def main():
    args = parse_args()
    table = TABLES[args.table]
    end = time.monotonic() + 60 * args.budget if args.budget else float('inf')
    signals = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: signals.append(received))
    good = True
    for name in [args.data] if args.data else table.data:
        options = (args.size, args.recipe, args.vit_weights, args.cells, args.seeds)
        try:
            runs = Runs(table, PROFILES[name], *options, args.results, args.work_dirs)
        except (ValueError, OSError) as error:
            sys.exit(f'reproduce.py: {error}')
        if args.dry_run:
            print('\n'.join(runs.plan()))
            continue
        stopped = lambda: bool(signals) or time.monotonic() > end  # noqa: E731
        good &= runs.run(stopped, lambda line: print(line, flush=True))
        write(runs)
    sys.exit(128 + signals[0] if signals else not good)


if __name__ == '__main__':
    main()
