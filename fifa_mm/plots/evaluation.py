"""Figures of an evaluation. Each function draws arrays on the Axes it is given.

Errors are fractions, as in ``functional``; axes and legends are in percent.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from fifa_mm.metrics.functional import ced
from fifa_mm.metrics.report import scores

TRUTH, PREDICTION = 'lime', 'red'


def plot_ced(
    axes: Axes,
    runs: Mapping[str, ArrayLike],
    threshold: float,
    protocol: str = '',
    auc_grid: str | None = None,
) -> None:
    """Cumulative error distributions, with NME, AUC and FR of each in the legend.

    Args:
        axes: Where to draw.
        runs: Errors of the faces, (N,), by the run's name.
        threshold: Where AUC and FR are taken and the error axis ends.
        protocol: Named on the axis.
        auc_grid: See :func:`fifa_mm.metrics.functional.ced_auc`.
    """
    for name, nmes in runs.items():
        nmes = np.asarray(nmes)
        knots = np.unique(np.r_[0.0, nmes[nmes <= threshold], threshold])
        result = scores(nmes, threshold, auc_grid)
        label = '{}: NME {NME:.2f}, AUC {AUC:.2f}, FR {FR:.2f}'.format(name, **result)
        axes.step(100 * knots, 100 * ced(nmes, knots), where='post', label=label)
    axes.set_xlim(0, 100 * threshold)
    axes.set_ylim(0, 100)
    axes.set_xlabel(f'NME, % ({protocol})' if protocol else 'NME, %')
    axes.set_ylabel('faces, %')
    axes.set_title(f'Cumulative error; AUC and FR at {100 * threshold:g} %')
    axes.grid(alpha=0.3)
    axes.legend(loc='lower right', fontsize='small')


def mean_face(gt: ArrayLike) -> np.ndarray:
    """Mean shape of labelled faces, each moved to its centroid and scaled to unit size.

    Args:
        gt: (N, K, 2) pixels, NaN where not labelled.

    Returns:
        (K, 2), centred on 0; the root mean square distance from it is 1.
    """
    gt = np.asarray(gt, np.float64)
    centred = gt - np.nanmean(gt, axis=1, keepdims=True)
    size = np.sqrt(np.nanmean((centred**2).sum(axis=-1), axis=1))
    return np.nanmean(centred / size[:, None, None], axis=0)


def plot_landmark_errors(
    axes: Axes, shape: np.ndarray, errors: ArrayLike, protocol: str = ''
) -> None:
    """Mean error of each landmark over a face shape: the larger and darker, the worse.

    Args:
        axes: Where to draw.
        shape: (K, 2), for example :func:`mean_face`.
        errors: (N, K), as of :func:`fifa_mm.metrics.functional.landmark_errors`. NaN
            (not labelled) and infinite (failed) ones are left out of a landmark's mean, and the
            number of failed faces is in the title.
        protocol: Named at the colour bar.
    """
    errors = np.asarray(errors, np.float64)
    failed = int(np.isinf(errors).any(axis=1).sum())
    finite = np.isfinite(errors)
    count = finite.sum(axis=0)
    total = np.where(finite, errors, 0).sum(axis=0)
    mean = np.divide(100 * total, count, out=np.full(len(count), np.nan), where=count > 0)
    area = 20 + 180 * mean / np.nanmax(mean) if np.nanmax(mean) > 0 else np.full(len(mean), 20.0)
    x, y = np.asarray(shape).T
    points = axes.scatter(
        x, y, s=area, c=mean, cmap='viridis_r', edgecolors='black', linewidths=0.4
    )
    for index in np.argsort(-np.nan_to_num(mean))[:5]:
        axes.annotate(
            f'{index}: {mean[index]:.2f}',
            shape[index],
            xytext=(6, 4),
            textcoords='offset points',
            fontsize='small',
        )
    axes.figure.colorbar(
        points, ax=axes, label=f'mean error, % ({protocol})' if protocol else 'mean error, %'
    )
    axes.set_aspect('equal')
    axes.invert_yaxis()
    axes.margins(0.15)
    axes.set_xticks([])
    axes.set_yticks([])
    left_out = f'; {failed} with failed predictions left out' if failed else ''
    axes.set_title(f'Mean error of each landmark\n{len(errors)} faces{left_out}', fontsize='medium')


def plot_subsets(
    axes: Axes, runs: Mapping[str, Mapping[str, Mapping[str, Any]]], key: str = 'NME'
) -> None:
    """Bars of one figure for the whole set and each subset, one colour a run.

    Args:
        axes: Where to draw.
        runs: Scores of :func:`fifa_mm.metrics.report.subset_scores` by the run's name.
        key: ``'NME'``, ``'FR'`` or ``'AUC'``. No bar, but ``inf``, stands for
            the NME of faces with failed predictions.

    Raises:
        ValueError: Runs with different subsets.
    """
    subsets = list(next(iter(runs.values())))
    for name, rows in runs.items():
        if list(rows) != subsets:
            raise ValueError(f'runs must have the same subsets {subsets}, {name} has {list(rows)}')
    width = 0.8 / len(runs)
    for position, (name, rows) in enumerate(runs.items()):
        values = np.array([rows[subset][key] for subset in subsets], np.float64)
        heights = np.where(np.isfinite(values), values, 0)
        left = np.arange(len(subsets)) + (position - (len(runs) - 1) / 2) * width
        bars = axes.bar(left, heights, width * 0.92, label=name)
        infinite = ['inf' if rows[subset]['faces'] else '-' for subset in subsets]
        labels = [
            f'{v:.2f}' if np.isfinite(v) else i for v, i in zip(values, infinite, strict=True)
        ]
        rotation = 90 if len(runs) > 2 else 0
        axes.bar_label(bars, labels, fontsize='x-small', rotation=rotation, padding=2)
    faces = next(iter(runs.values()))
    axes.set_xticks(range(len(subsets)), [f'{s}\n{faces[s]["faces"]}' for s in subsets])
    axes.set_xlabel('subset, number of faces')
    axes.set_ylabel(f'{key}, %')
    axes.set_title(f'{key} of each subset')
    axes.margins(y=0.15)
    axes.grid(axis='y', alpha=0.3)
    axes.set_axisbelow(True)
    axes.legend(fontsize='small', loc='upper left', bbox_to_anchor=(1, 1))


def draw_face(
    axes: Axes,
    image: np.ndarray,
    gt: np.ndarray,
    pred: np.ndarray,
    title: str = '',
    size: int = 240,
    padding: float = 1.5,
) -> None:
    """A square crop around a face with its labels (green) and prediction (red).

    Args:
        axes: Where to draw.
        image: (H, W, 3) BGR, uint8.
        gt: Labelled landmarks, (K, 2) pixels, NaN where not labelled.
        pred: Predicted landmarks, (K, 2) pixels; those that are not finite are left out.
        title: Above the picture.
        size: Side of the crop in pixels.
        padding: Side of the crop relative to the box around the labels.
    """
    low, high = np.nanmin(gt, axis=0), np.nanmax(gt, axis=0)
    scale = size / (padding * max((high - low).max(), 1.0))
    matrix = np.c_[scale * np.eye(2), size / 2 - scale * (low + high) / 2]
    crop = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_AREA)
    axes.imshow(crop[..., ::-1])
    for points, colour in ((gt, TRUTH), (pred, PREDICTION)):
        moved = np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]
        axes.plot(*moved[np.isfinite(moved).all(axis=1)].T, '.', color=colour, markersize=2.5)
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    axes.axis('off')
    axes.set_title(title, fontsize='small')


def worst_faces(nmes: ArrayLike, count: int) -> np.ndarray:
    """Indices of the faces with the largest errors, worst first."""
    return np.argsort(-np.asarray(nmes), kind='stable')[:count]
