"""The error of a network on the labelled faces of its config."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS

from fifa_mm.config_check import datasets
from fifa_mm.definitions import DEFINITIONS
from fifa_mm.metrics.functional import PROTOCOLS, nme, normalizer


@dataclass(frozen=True)
class LabelledFaces:
    """Crops of faces with their labels, N faces, K landmarks.

    Attributes:
        crops: (N, h, w, 3) uint8, BGR.
        keypoints: (N, K, 2) in pixels of the crops.
        visible: (N, K), above 0 where labelled.
        norm: (N,) what a protocol divides by, in pixels of the crops.
        protocol: Its name.
    """

    crops: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray
    norm: np.ndarray
    protocol: str

    def predicted_by(
        self, network: Callable[[np.ndarray], tuple], batch_size: int = 32
    ) -> np.ndarray:
        """Landmarks (N, K, 2) of a network in pixels of the crops."""
        starts = range(0, len(self.crops), batch_size)
        return np.concatenate([network(self.crops[i : i + batch_size])[0] for i in starts])

    def error(self, network: Callable[[np.ndarray], tuple], batch_size: int = 32) -> float:
        """Mean NME of a network in percent."""
        return self.error_of(self.predicted_by(network, batch_size))

    def error_of(self, points: np.ndarray) -> float:
        """Mean NME in percent of landmarks (N, K, 2) in pixels of the crops."""
        errors = nme(points, self.keypoints, self.norm, self.visible)
        return 100 * float(errors.mean())


def load_faces(
    config: Config, split: str, count: int, pipeline: list | None = None
) -> LabelledFaces:
    """Up to ``count`` faces of a config's data set, evenly spaced, cropped as in testing.

    Args:
        config: Its ``{split}_dataloader`` names the data.
        split: ``'train'``, ``'val'`` or ``'test'``.
        count: How many.
        pipeline: Draws the crop; by default that of the config's ``test_dataloader``.

    Raises:
        FileNotFoundError: the data are not there.
    """
    key = f'{split}_dataloader'
    _, dataset = next(datasets(config[key].dataset, key))
    pipeline = pipeline or config.test_dataloader.dataset.pipeline
    with DefaultScope.overwrite_default_scope('mmpose'):
        faces = DATASETS.build(ConfigDict({**dataset, 'pipeline': pipeline, 'test_mode': True}))
    chosen = np.unique(np.linspace(0, len(faces) - 1, count).round().astype(int))
    samples = [faces[i] for i in chosen]
    labels = [sample['data_samples'] for sample in samples]
    gt = np.concatenate([label.gt_instances.keypoints for label in labels]).astype(float)
    visible = np.concatenate([label.gt_instances.keypoints_visible for label in labels])
    visible = visible.reshape(*gt.shape[:2], -1)[..., 0]
    boxes = np.concatenate([label.gt_instances.bboxes for label in labels])
    protocol = protocol_of(config, gt.shape[1])
    norm = normalizer(gt, protocol, boxes, visible)
    center, scale, size = (
        np.array([label.metainfo[f'input_{key}'] for label in labels], float)[:, None]
        for key in ('center', 'scale', 'size')
    )
    return LabelledFaces(
        crops=np.stack([sample['inputs'].permute(1, 2, 0).numpy() for sample in samples]),
        keypoints=(gt - center + scale / 2) / scale * size,
        visible=visible,
        norm=norm * (size / scale)[:, 0, 0],
        protocol=protocol,
    )


def protocol_of(config: Config, num_landmarks: int) -> str:
    """The protocol that a config is evaluated by, or the usual one."""
    evaluator = config.get('val_evaluator') or {}
    for metric in evaluator if isinstance(evaluator, list) else [evaluator]:
        if metric.get('protocol') in PROTOCOLS:
            return metric['protocol']
    return 'inter-ocular' if num_landmarks in DEFINITIONS else 'landmark-box'
