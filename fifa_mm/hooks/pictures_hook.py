"""Pictures that a run leaves behind."""

from pathlib import Path

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from fifa_mm.transforms import FiducialFocus
from fifa_mm.visualization import draw_predictions, draw_schedule, to_input


@HOOKS.register_module()
class PicturesHook(Hook):
    """Draws ``predictions.png`` and ``schedule.png`` into ``pictures/`` of the work directory.

    Args:
        num_faces (int): Faces of the first validation batches to draw.
    """

    def __init__(self, num_faces=8):
        self.num_faces = num_faces
        self._faces = []

    def before_train(self, runner):
        pipeline = getattr(getattr(runner.train_dataloader, 'dataset', None), 'pipeline', None)
        transforms = getattr(pipeline, 'transforms', [])
        self._focus = next((t for t in transforms if isinstance(t, FiducialFocus)), None)

    def before_val_epoch(self, runner):
        self._faces = []

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        for image, sample in zip(data_batch['inputs'], outputs or [], strict=False):
            if len(self._faces) < self.num_faces and 'input_center' in sample.metainfo:
                self._faces.append(face(image, sample))

    def after_train(self, runner):
        if not self._faces or not is_main_process():
            return
        folder = Path(runner.work_dir, 'pictures')
        folder.mkdir(exist_ok=True)
        draw_predictions(self._faces).savefig(folder / 'predictions.png', dpi=120)
        if self._focus is not None:
            image, truth, _ = self._faces[0]
            draw_schedule(image, truth, self._focus).savefig(folder / 'schedule.png', dpi=120)


def face(image, sample):
    """Image (H, W, 3), ground truth (K, 2) and prediction (K, 2) in its pixels."""
    points = (sample.gt_instances.keypoints[0], sample.pred_instances.keypoints[0])
    points = (to_input(np.asarray(p)[..., :2], sample.metainfo) for p in points)
    return (image.permute(1, 2, 0).cpu().numpy(), *points)
