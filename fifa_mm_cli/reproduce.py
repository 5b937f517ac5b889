"""Train the cells of one of the paper's tables and print them beside its numbers.

    fifa_mm reproduce 7 --data cofw                          # as the paper, days on a GPU
    fifa_mm reproduce 7 --data synthetic --size 128 --recipe cpu --cells 'hrnet*' --seeds 3

Each cell and seed is an ordinary training. What was stopped goes on from its last epoch, what is
done is skipped; several of these commands may run at once. One JSON file a cell and seed, the table
as Markdown and PNG and the curves go to RESULTS/tableN/DATA_SIZE_RECIPE. On several GPUs one cell
trains on each. Exit status 1: something is missing, unfinished, crashed or diverged.
"""

import argparse
import time

from fifa_mm_cli.stopping import gather_signals

MMPOSE = True
ERRORS = (ValueError, OSError)
STOPPED = '; the same command goes on'
# What fifa_mm.reproduce knows; a test compares them.
TABLES = (1, 2, 3, 4, 5, 6, 7)
PROFILES = ('cofw', 'wflw', '300w', 'aflw', 'faces300w', 'cofw29', 'synthetic')
RECIPES = ('full', 'short', 'cpu', 'tiny')


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
    parser.add_argument(
        '--init',
        metavar='FILE',
        help='checkpoint that every cell starts from, or `rendered`: the one of the training in '
        'configs/pretrain with the same network',
    )
    parser.add_argument('--cells', default='*', metavar='GLOB', help="for instance 'hrnet*'")
    parser.add_argument('--seeds', type=int, default=1, metavar='N')
    parser.add_argument('--budget', type=float, metavar='MINUTES', help='stop after this time')
    parser.add_argument('--dry-run', action='store_true', help='say what would be done')
    parser.add_argument('--results', default='results')
    parser.add_argument('--work-dirs', default='work_dirs/reproduce')


def run(args: argparse.Namespace) -> int:
    from fifa_mm.checks import integer, number
    from fifa_mm.files import check_folder
    from fifa_mm.reproduce.outputs import write_outputs
    from fifa_mm.reproduce.profiles import PROFILES
    from fifa_mm.reproduce.runs import Runs
    from fifa_mm.reproduce.tables import TABLES

    integer('--seeds', args.seeds, 1)
    number('--budget', args.budget, above=0, optional=True)
    table = TABLES[args.table]
    end = time.monotonic() + 60 * args.budget if args.budget else float('inf')
    signals = gather_signals()
    good = True
    for name in [args.data] if args.data else table.data:
        options = (args.size, args.recipe, args.vit_weights, args.cells, args.seeds)
        folders = (args.results, args.work_dirs)
        runs = Runs(table, PROFILES[name], *options, *folders, args.init)
        if args.dry_run:
            print('\n'.join(runs.plan()))
            continue
        for folder in (runs.results.folder, runs.work_dir):
            check_folder(folder)
        stopped = lambda: bool(signals) or time.monotonic() > end  # noqa: E731
        good &= runs.run(stopped, lambda line: print(line, flush=True))
        if signals:
            return 128 + signals[0]
        if text := write_outputs(runs):
            print(f'\n{text}\nwritten to {runs.results.folder}')
    return int(not good)
