"""Figures of one or several evaluations of the same faces.

    python tools/plot.py A.json B.json --ann ANN.json --img-root DIR --out-dir figures

A.json and B.json are what `tools/evaluate.py --out` or `FaceLandmarkMetric(per_face_file=...)`
wrote. Draws ced.png and, where there are subsets, subsets_nme.png and subsets_fr.png; with --ann
also landmarks_<run>.png, and with --img-root worst_<run>.png.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure

from fifa_mm.annotations import Annotations
from fifa_mm.files import read_json, write_figure
from fifa_mm.metrics import functional
from fifa_mm.plots import evaluation as plots


class Run:
    """One result file."""

    def __init__(self, path):
        content = read_json(path)
        needed = {'protocol', 'threshold', 'scores', 'faces'}
        if not isinstance(content, dict) or not needed <= content.keys():
            raise ValueError(f'{path} must be a result with {", ".join(sorted(needed))}')
        self.name = Path(path).stem
        self.protocol, self.threshold = content['protocol'], content['threshold']
        self.scores = content['scores']
        self.ids = [face['id'] for face in content['faces']]
        self.nmes = np.array([face['nme'] for face in content['faces']], np.float64)  # null: NaN
        self.nmes = np.where(np.isnan(self.nmes), np.inf, self.nmes)
        self.norm = np.array([face['norm'] for face in content['faces']], np.float64)
        self.pred = np.array([face['keypoints'] for face in content['faces']], np.float64)


def check_comparable(runs):
    first = runs[0]
    for run in runs[1:]:
        if (run.protocol, run.threshold) != (first.protocol, first.threshold):
            raise ValueError(
                f'{run.name} is scored by {run.protocol} at {run.threshold} and {first.name} by '
                f'{first.protocol} at {first.threshold}: they do not compare'
            )
        different = set(run.ids) ^ set(first.ids)
        if different:
            raise ValueError(f'{run.name} and {first.name} differ in {len(different)} faces')
    if len({run.name for run in runs}) < len(runs):
        raise ValueError('runs must have different names; use --labels')


def figure(width=7, height=4.5):
    fig = Figure(figsize=(width, height), layout='constrained')
    return fig, fig.subplots()


def draw_curves(runs):
    """CED curves and bars of all runs, as ``{file name: figure}``."""
    fig, axes = figure()
    nmes = {run.name: run.nmes for run in runs}
    plots.plot_ced(axes, nmes, runs[0].threshold, runs[0].protocol)
    figures = {'ced.png': fig}
    if len(runs[0].scores) > 1:
        for key in ('NME', 'FR'):
            fig, axes = figure(max(7, 0.5 * len(runs) * len(runs[0].scores)))
            plots.plot_subsets(axes, {run.name: run.scores for run in runs}, key)
            figures[f'subsets_{key.lower()}.png'] = fig
    return figures


def draw_landmarks(run, gt, visible):
    fig, axes = figure(6, 5)
    errors = functional.landmark_errors(run.pred, gt, run.norm, visible)
    plots.plot_landmark_errors(axes, plots.mean_face(gt), errors, run.protocol)
    return fig


def draw_worst(run, gt, names, img_root, count):
    """Contact sheet of the faces with the largest errors."""
    worst = plots.worst_faces(run.nmes, count)
    columns = min(6, len(worst))
    rows = -(-len(worst) // columns)
    fig = Figure(figsize=(2 * columns, 2.3 * rows + 0.4), layout='constrained')
    grid = fig.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis('off')
    for axes, i in zip(grid, worst, strict=False):
        path = Path(img_root) / names[i]
        image = cv2.imread(str(path))
        if image is None:
            raise ValueError(f'no image at {path}')
        error = f'{100 * run.nmes[i]:.1f} %' if np.isfinite(run.nmes[i]) else 'failed'
        plots.draw_face(axes, image, gt[i], run.pred[i], f'{run.ids[i]}: {error}')
    fig.suptitle(f'{run.name}: largest errors ({run.protocol}); labels green, predictions red')
    return fig


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('results', nargs='+', metavar='RESULT.json')
    parser.add_argument('--labels', nargs='+', help='names of the runs; file names by default')
    parser.add_argument('--ann', metavar='ANN.json', help='annotation file of the test set')
    parser.add_argument('--img-root', metavar='DIR', help="folder of the annotation file's images")
    parser.add_argument('--out-dir', default='figures', metavar='DIR')
    parser.add_argument('--worst', type=int, default=24, metavar='N', help='faces on the sheet')
    args = parser.parse_args()
    if args.labels and len(args.labels) != len(args.results):
        parser.error(f'--labels must name {len(args.results)} runs, got {len(args.labels)}')
    if args.img_root and not args.ann:
        parser.error('--img-root needs --ann')
    if args.worst < 1:
        parser.error(f'--worst must be at least 1, got {args.worst}')
    return args


def draw(args):
    runs = [Run(path) for path in args.results]
    for run, label in zip(runs, args.labels or [], strict=False):
        run.name = label
    check_comparable(runs)
    figures = draw_curves(runs)
    if args.ann:
        annotations = Annotations.load(args.ann)
        for run in runs:
            labels = [annotations.landmarks(face_id) for face_id in run.ids]
            gt, visible = (np.stack(part) for part in zip(*labels, strict=True))
            gt[visible == 0] = np.nan
            figures[f'landmarks_{run.name}.png'] = draw_landmarks(run, gt, visible)
            if args.img_root:
                names = [annotations.file_names[face_id] for face_id in run.ids]
                sheet = draw_worst(run, gt, names, args.img_root, args.worst)
                figures[f'worst_{run.name}.png'] = sheet
    return figures


def main():
    args = parse_args()
    try:
        figures = draw(args)
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f'plot.py: {error}')
    for name, fig in figures.items():
        path = Path(args.out_dir) / name
        write_figure(path, fig, dpi=120)
        print(path)


if __name__ == '__main__':
    main()
