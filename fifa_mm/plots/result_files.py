"""Figures of the result files of one or several evaluations of the same faces."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fifa_mm.annotations import Annotations
from fifa_mm.files import read_json
from fifa_mm.metrics.functional import landmark_errors
from fifa_mm.plots.evaluation import (
    draw_face,
    mean_face,
    plot_ced,
    plot_landmark_errors,
    plot_subsets,
    worst_faces,
)

FACE = {'id', 'nme', 'norm', 'keypoints'}


class Run:
    """One result file, of :func:`fifa_mm.metrics.predictions.evaluate_predictions`.

    Raises:
        ValueError: it is another file.
    """

    def __init__(self, path: str | Path) -> None:
        content = read_json(path)
        needed = {'protocol', 'threshold', 'scores', 'faces'}
        if not isinstance(content, dict) or not needed <= content.keys():
            raise ValueError(f'{path} must be a result with {", ".join(sorted(needed))}')
        self.name = Path(path).stem
        self.protocol, self.threshold = content['protocol'], content['threshold']
        self.scores = content['scores']
        for position, face in enumerate(content['faces']):
            if not isinstance(face, dict) or not face.keys() >= FACE:
                raise ValueError(f'{path}: face {position} must have {", ".join(sorted(FACE))}')
        self.ids = [face['id'] for face in content['faces']]
        self.nmes = self._numbers(path, content, 'nme', 1)  # null: NaN
        self.nmes = np.where(np.isnan(self.nmes), np.inf, self.nmes)
        self.norm = self._numbers(path, content, 'norm', 1)
        self.pred = self._numbers(path, content, 'keypoints', 3)

    @staticmethod
    def _numbers(path: str | Path, content: dict, key: str, ndim: int) -> np.ndarray:
        try:
            values = np.array([face[key] for face in content['faces']], np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f'{path}: {key} of the faces must be numbers: {error}') from error
        if values.ndim != ndim:
            raise ValueError(f'{path}: {key} of the faces must have one shape, {values.shape}')
        return values


def check_comparable(runs: Sequence[Run]) -> None:
    """Whether the runs can be drawn beside each other.

    Raises:
        ValueError: they differ in protocol, threshold or faces, or two have one name.
    """
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
        raise ValueError('runs must have different names, as by --labels')


def figure(width: float = 7, height: float = 4.5) -> tuple[Figure, Axes]:
    fig = Figure(figsize=(width, height), layout='constrained')
    return fig, fig.subplots()


def draw_curves(runs: Sequence[Run]) -> dict[str, Figure]:
    """CED curves and bars of all runs, as ``{file name: figure}``."""
    fig, axes = figure()
    nmes = {run.name: run.nmes for run in runs}
    plot_ced(axes, nmes, runs[0].threshold, runs[0].protocol)
    figures = {'ced.png': fig}
    if len(runs[0].scores) > 1:
        for key in ('NME', 'FR'):
            fig, axes = figure(max(7, 0.5 * len(runs) * len(runs[0].scores)))
            plot_subsets(axes, {run.name: run.scores for run in runs}, key)
            figures[f'subsets_{key.lower()}.png'] = fig
    return figures


def draw_landmarks(run: Run, gt: np.ndarray, visible: np.ndarray) -> Figure:
    """Mean error of each landmark; ``gt`` (N, K, 2) is NaN where ``visible`` (N, K) is 0."""
    fig, axes = figure(6, 5)
    errors = landmark_errors(run.pred, gt, run.norm, visible)
    plot_landmark_errors(axes, mean_face(gt), errors, run.protocol)
    return fig


def draw_worst(
    run: Run, gt: np.ndarray, names: Sequence[str], img_root: str | Path, count: int
) -> Figure:
    """Contact sheet of the faces with the largest errors."""
    worst = worst_faces(run.nmes, count)
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
        draw_face(axes, image, gt[i], run.pred[i], f'{run.ids[i]}: {error}')
    fig.suptitle(f'{run.name}: largest errors ({run.protocol}); labels green, predictions red')
    return fig


def draw_runs(
    runs: Sequence[Run],
    ann_file: str | Path | None = None,
    img_root: str | Path | None = None,
    worst: int = 24,
) -> dict[str, Figure]:
    """All figures of the runs, by file name.

    Args:
        runs: Evaluations of the same faces.
        ann_file: Annotations of the faces; with them the errors of each landmark are drawn.
        img_root: Folder of the images that they name; with it the worst faces are drawn.
        worst: How many.

    Raises:
        ValueError: runs that do not compare; a face that is not annotated; an image that cannot be
            read.
    """
    check_comparable(runs)
    figures = draw_curves(runs)
    if ann_file is None:
        return figures
    annotations = Annotations.load(ann_file)
    for run in runs:
        labels = [annotations.landmarks(face_id) for face_id in run.ids]
        gt, visible = (np.stack(part) for part in zip(*labels, strict=True))
        gt[visible == 0] = np.nan
        figures[f'landmarks_{run.name}.png'] = draw_landmarks(run, gt, visible)
        if img_root is not None:
            names = [annotations.file_names[face_id] for face_id in run.ids]
            figures[f'worst_{run.name}.png'] = draw_worst(run, gt, names, img_root, worst)
    return figures
