"""Draw figures of one or several evaluations of the same faces.

    fifa_mm plot A.json B.json --ann ANN.json --img-root DIR --out-dir figures

A.json and B.json are what `fifa_mm evaluate --out` or FaceLandmarkMetric(per_face_file=...) wrote.
Draws ced.png and, where there are subsets, subsets_nme.png and subsets_fr.png; with --ann also
landmarks_<run>.png, and with --img-root worst_<run>.png.
"""

import argparse
from pathlib import Path

MMPOSE = False
ERRORS = (ValueError, OSError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('results', nargs='+', metavar='RESULT.json')
    parser.add_argument('--labels', nargs='+', help='names of the runs; file names by default')
    parser.add_argument('--ann', metavar='ANN.json', help='annotation file of the test set')
    parser.add_argument('--img-root', metavar='DIR', help="folder of the annotation file's images")
    parser.add_argument('--out-dir', default='figures', metavar='DIR')
    parser.add_argument('--worst', type=int, default=24, metavar='N', help='faces on the sheet')


def check(args: argparse.Namespace) -> None:
    count = len(args.results)
    if args.labels and len(args.labels) != count:
        raise argparse.ArgumentError(
            None, f'--labels must name {count} runs, got {len(args.labels)}'
        )
    if args.img_root and not args.ann:
        raise argparse.ArgumentError(None, '--img-root needs --ann')


def run(args: argparse.Namespace) -> None:
    check(args)
    from fifa_mm.checks import integer
    from fifa_mm.files import check_folder, write_figure
    from fifa_mm.plots.result_files import Run, draw_runs

    integer('--worst', args.worst, 1)
    runs = [Run(path) for path in args.results]
    for one, label in zip(runs, args.labels or [], strict=False):
        one.name = label
    figures = draw_runs(runs, args.ann, args.img_root, args.worst)
    check_folder(args.out_dir)
    for name, figure in figures.items():
        path = Path(args.out_dir) / name
        write_figure(path, figure, dpi=120)
        print(path)
