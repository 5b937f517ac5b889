"""Pictures of a training: predictions beside ground truth, the patch schedule, curves."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from fifa_mm.focus.painting import paint_patches
from fifa_mm.focus.schedule import stage_lengths


def draw_predictions(
    faces: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], columns: int = 4
) -> Figure:
    """Faces with ground truth (green) and prediction (red) in one figure.

    Args:
        faces: Of each face the image (H, W, 3), BGR, uint8, and in its pixels the
            ground truth (K, 2) and the prediction (K, 2).
        columns: Pairs of pictures in a row.
    """
    rows = -(-len(faces) // columns)
    figure = Figure(figsize=(4 * columns, 2.1 * rows), layout='constrained')
    axes = figure.subplots(rows, 2 * columns, squeeze=False)
    for axis in axes.flat:
        axis.axis('off')
    for (image, truth, prediction), pair in zip(faces, axes.reshape(-1, 2), strict=False):
        for axis, points, colour in zip(pair, (truth, prediction), ('lime', 'red'), strict=True):
            axis.imshow(image[..., ::-1])
            axis.plot(*points.T, '.', color=colour, markersize=3)
            axis.set_xlim(-0.5, image.shape[1] - 0.5)
            axis.set_ylim(image.shape[0] - 0.5, -0.5)
    figure.suptitle('ground truth (green) and prediction (red)')
    return figure


def draw_schedule(image: np.ndarray, keypoints: np.ndarray, focus: Any) -> Figure:
    """One picture for each stage of the patch schedule, and one for its end.

    Args:
        image: (H, W, 3), BGR, uint8.
        keypoints: (..., K, 2) in pixels.
        focus: The transform.
    """
    rng = np.random.default_rng(0)
    ends = np.cumsum(stage_lengths(focus.patch_size, focus.interval)).tolist()
    figure = Figure(figsize=(2.2 * (len(ends) + 1), 2.8), layout='constrained')
    axes = figure.subplots(1, len(ends) + 1)
    for axis, start, end in zip(axes, [0, *ends], [*ends, None], strict=True):
        side = focus.patch_side(start, image.shape, rng)
        painted = paint_patches(image, keypoints, side, fill=focus.fill, rng=rng)
        axis.imshow(painted[..., ::-1])
        axis.axis('off')
        last = ' on' if end is None else f'-{end}' if end > start + 1 else ''
        epochs = f'epoch {start + 1}{last}'
        axis.set_title(f'{epochs}\n{side} x {side} px' if side else f'{epochs}\nno patches')
    return figure


def draw_curves(groups: Mapping[str, Sequence[dict[str, Any]]]) -> Figure:
    """Validation NME by epoch, one line a run, one colour a group.

    Args:
        groups: ``{label: [report, ...]}``, the reports of one label being seeds of the same run.
    """
    figure = Figure(figsize=(8, 4.5), layout='constrained')
    axis = figure.subplots()
    colors = colormaps['tab10' if len(groups) <= 10 else 'tab20'].colors  # type: ignore[attr-defined]
    for color, (label, reports) in zip(cycle(colors), groups.items(), strict=False):
        for index, report in enumerate(reports):
            points = [(p['epoch'], p['NME']) for p in report['curve'] if p['NME'] is not None]
            name = label if index == 0 else None
            axis.plot(*zip(*points, strict=True), marker='.', color=color, label=name)
    axis.set_yscale('log')
    axis.yaxis.set_major_formatter('{x:g}')
    axis.yaxis.set_minor_formatter('{x:g}')
    axis.xaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]
    axis.set_xlabel('epoch')
    axis.set_ylabel('validation NME, %')
    axis.grid(alpha=0.3, which='both')
    figure.legend(loc='outside right upper')
    return figure
