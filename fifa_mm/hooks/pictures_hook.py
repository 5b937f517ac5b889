"""Pictures that a run leaves behind."""

from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch import Tensor

from fifa_mm.files import write_figure
from fifa_mm.focus.painting import labelled_points
from fifa_mm.plots.training import draw_predictions, draw_schedule
from fifa_mm.transforms.fiducial_focus import FiducialFocus, landmarks

FACES = 8  # of the first validation batches


@HOOKS.register_module()
class PicturesHook(Hook):
    """Draws ``predictions.png`` and ``schedule.png`` into ``pictures/`` of the work directory."""

    def __init__(self) -> None:
        self.out_dir: Path | None = None
        self._faces: list[tuple] = []

    def before_train(self, runner: Runner) -> None:
        self._focus = find_focus(runner.train_dataloader.dataset)

    def before_val_epoch(self, runner: Runner) -> None:
        self._faces = []

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        for image, sample in zip(data_batch['inputs'], outputs or [], strict=False):
            if len(self._faces) < FACES and is_drawable(image, sample):
                self._faces.append(face(image, sample))

    def after_train(self, runner: Runner) -> None:
        if not self._faces or not is_main_process():
            return
        self.out_dir = folder = Path(runner.work_dir, 'pictures')
        write_figure(folder / 'predictions.png', draw_predictions(self._faces), dpi=120)
        if self._focus is not None:
            image, truth, _ = self._faces[0]
            schedule = draw_schedule(image, truth, self._focus)
            write_figure(folder / 'schedule.png', schedule, dpi=120)


def find_focus(dataset: Any) -> FiducialFocus | None:
    """The FiducialFocus in the pipeline of a dataset, or of one that it wraps, or None."""
    for transform in getattr(getattr(dataset, 'pipeline', None), 'transforms', []):
        if isinstance(transform, FiducialFocus):
            return transform
    wrapped = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    return next(filter(None, (find_focus(part) for part in wrapped if part is not None)), None)


def is_drawable(image: Tensor, sample: Any) -> bool:
    """Whether a sample is an image whose landmarks, true and predicted, can be shown on it."""
    return (
        getattr(image, 'ndim', 0) == 3
        and 'input_center' in sample.metainfo
        and all('keypoints' in sample.get(part, ()) for part in ('gt_instances', 'pred_instances'))
    )


def face(image: Tensor, sample: Any) -> tuple[np.ndarray, ...]:
    """Image (H, W, 3); labelled and predicted landmarks (M, 2) of all instances in its pixels."""
    truth, predicted = sample.gt_instances, sample.pred_instances
    _, visible = landmarks(truth)
    pair = (
        labelled_points(truth.keypoints, visible),
        np.asarray(predicted.keypoints)[..., :2].reshape(-1, 2),
    )
    points = (to_input(p, sample.metainfo) for p in pair)
    return (image.permute(1, 2, 0).cpu().numpy(), *points)


def to_input(keypoints: np.ndarray, metainfo: dict[str, Any]) -> np.ndarray:
    """Landmarks (..., 2) of the original image in pixels of the network's input.

    ``metainfo`` has ``input_center``, ``input_scale`` and ``input_size`` of a top-down sample.
    """
    center, scale, size = (
        np.asarray(metainfo[f'input_{key}'], float) for key in ('center', 'scale', 'size')
    )
    return (keypoints - center + scale / 2) / scale * size
