"""Two networks' landmarks and the truth on the same faces. N faces, K landmarks."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from fifa_mm.plots.evaluation import TRUTH

COLOURS = ('deepskyblue', 'red')


def apart(a: np.ndarray, b: np.ndarray, norm: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Mean distance (N,) between two predictions (N, K, 2), in percent of ``norm`` (N,).

    Over the landmarks that are labelled: ``visible`` (N, K) above 0; NaN where none is.
    """
    distances = np.where(visible > 0, np.linalg.norm(a - b, axis=2), 0).sum(1)
    count = (visible > 0).sum(1)
    mean = np.divide(distances, count, out=np.full(len(a), np.nan), where=count > 0)
    return 100 * mean / norm


def draw_overlay(
    images: np.ndarray,
    truth: np.ndarray,
    visible: np.ndarray,
    runs: Mapping[str, np.ndarray],
    differences: np.ndarray,
    columns: int = 4,
) -> Figure:
    """A sheet of faces, in the order given, with a line from the truth to each landmark.

    Args:
        images: (N, h, w, 3), BGR, uint8.
        truth: (N, K, 2) pixels of the images.
        visible: (N, K), above 0 where labelled.
        runs: Predictions (N, K, 2) of two networks, by their names.
        differences: (N,), of :func:`apart`; in the titles.
        columns: Faces in a row.
    """
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(3 * columns, 3.2 * rows + 0.4), layout='constrained')
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis('off')
    for i, (axes, image) in enumerate(zip(grid, images, strict=False)):
        axes.imshow(image[..., ::-1])
        shown = visible[i] > 0
        axes.plot(*truth[i, shown].T, '.', color=TRUTH, markersize=3)
        for colour, points in zip(COLOURS, runs.values(), strict=True):
            ends = np.stack([truth[i, shown], points[i, shown]], 1)  # (K, 2 ends, 2)
            axes.plot(*ends.transpose(2, 1, 0), '-', color=colour, linewidth=0.8)
            axes.plot(*points[i, shown].T, '.', color=colour, markersize=3)
        axes.set_xlim(-0.5, image.shape[1] - 0.5)
        axes.set_ylim(image.shape[0] - 0.5, -0.5)
        axes.set_title(f'{differences[i]:.1f} % apart', fontsize='small')
    names = {'truth': TRUTH, **dict(zip(runs, COLOURS, strict=True))}
    marks = [Line2D([], [], marker='.', ls='', color=c, label=n) for n, c in names.items()]
    figure.legend(handles=marks, loc='outside lower center', ncols=3)
    return figure
