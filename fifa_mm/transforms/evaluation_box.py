"""Evaluation with the box a detector would give, not the one made from the labels.

The stock test crops come from the labelled landmarks (WFLW, 300W) or an annotated face box, so the
standard figures assume a perfect detector. Here the crop comes from another box and the labels, the
normaliser and the metric stay what they are. A figure obtained so is a robustness figure; it stands
beside the standard one, never in its place.
"""

import zlib
from collections import defaultdict
from collections.abc import Sequence
from os import path as osp
from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import bbox_overlaps, bbox_xyxy2cs
from scipy.optimize import linear_sum_assignment

from fifa_mm.annotations import Annotations
from fifa_mm.checks import choice, integer, number, numbers
from fifa_mm.files import read_json

MIN_IOU = 0.3  # of a detection and the box around the labelled landmarks, to be a match


def jittered(
    center: np.ndarray, size: np.ndarray, shift: float, scale: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A box moved and resized at random.

    Args:
        center: (2,) pixels.
        size: Width and height, (2,) pixels.
        shift: Standard deviation of the centre along each axis, as a share of ``size``.
        scale: Standard deviation of the logarithm of the factor on both sides.
        generator: Source of the three normal numbers used.

    Returns:
        New centre and size.
    """
    center, size = np.asarray(center, np.float64), np.asarray(size, np.float64)
    dx, dy, log_factor = generator.standard_normal(3)
    return center + shift * size * [dx, dy], size * np.exp(scale * log_factor)


@TRANSFORMS.register_module()
class JitterBox(BaseTransform):
    """Crop each face by its box plus noise that depends on the seed and the face's ``id`` alone.

    The same face gets the same box in every epoch, worker and run. Comes before
    ``GetBBoxCenterScale``.

    No size of a detector's error is agreed on. The defaults are those of ADNet's training
    augmentation (centre N(0, 0.05), size N(1, 0.1) in its public code; here the factor on the size
    is log-normal, so that it is always positive). Such a box overlaps the original one with a mean
    IoU of 0.80, and one in twenty with less than 0.66.

    Required Keys:

        - id
        - bbox, or bbox_center and bbox_scale

    Modified Keys:

        - bbox_center (1, 2) and bbox_scale (1, 2), added where absent; ``bbox``, by which metrics
          may normalise, stays the label's

    Args:
        shift: Standard deviation of the centre, as a share of the box's sides.
        scale: Standard deviation of the logarithm of the size.
        seed: Another seed, another draw; average several for a steadier figure.
    """

    def __init__(self, shift: float = 0.05, scale: float = 0.1, seed: int = 0) -> None:
        self.shift = number('shift', shift, 0, below=1)
        self.scale = number('scale', scale, 0, below=1)
        self.seed = integer('seed', seed, 0)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace the box to crop by."""
        if 'bbox_center' in results and 'bbox_scale' in results:
            center, size = results['bbox_center'], results['bbox_scale']
        else:
            center, size = bbox_xyxy2cs(results['bbox'])
        generator = np.random.default_rng([self.seed, zlib.crc32(str(results['id']).encode())])
        center, size = jittered(center[0], size[0], self.shift, self.scale, generator)
        return _crop_by(results, center, size)

    def __repr__(self) -> str:
        return f'JitterBox(shift={self.shift}, scale={self.scale}, seed={self.seed})'


@TRANSFORMS.register_module()
class DetectorBox(BaseTransform):
    """Crop each face by the box a detector gave for it.

    Detections come in the form of MMPose's ``bbox_file`` (a COCO results file: a list of
    ``{"image_id", "bbox": [x, y, w, h], "score"}``). MMPose's own ``bbox_file`` loses the labels,
    so no landmark metric can follow it; here each detection is matched with a labelled face of its
    image, one to one, so that the total IoU with the boxes around the labelled landmarks is
    largest. Comes before ``GetBBoxCenterScale``. What was matched is logged at construction.

    Required Keys:

        - id

    Modified Keys:

        - bbox_center (1, 2) and bbox_scale (1, 2), added where absent; ``bbox`` stays the label's

    Args:
        box_file: Detections.
        ann_file: Annotation file of the test set.
        scale: Factor on the sides of every detection, for a detector whose boxes are
            tighter or wider than those the model was trained with.
        min_score: Detections with a lower score are left out.
        missing: ``'error'`` to refuse a file that leaves faces without a box, ``'label'`` to
            crop those by the label's box (their number is logged, and belongs to the figure).

    Raises:
        ValueError: A file of another form, or faces without a detection.
    """

    def __init__(
        self,
        box_file: str,
        ann_file: str,
        scale: float = 1.0,
        min_score: float = 0.0,
        missing: str = 'error',
    ) -> None:
        choice('missing', missing, ('error', 'label'))
        number('scale', scale, above=0)
        number('min_score', min_score)
        self.box_file, self.ann_file, self.scale = box_file, ann_file, scale
        annotations = Annotations.load(ann_file)
        detections = _read_detections(box_file, min_score)
        self.boxes = match_detections(annotations, detections)
        lost = [face_id for face_id in annotations.faces if face_id not in self.boxes]
        text = (
            f'{box_file}: {len(self.boxes)} of {len(annotations)} faces of {ann_file} have a '
            f'detection with IoU >= {MIN_IOU}'
        )
        if lost and missing == 'error':
            first = ', '.join(f'{i} ({annotations.file_names[i]})' for i in lost[:5])
            raise ValueError(
                f"{text}; without one: {first}{' ...' if len(lost) > 5 else ''}. missing='label' "
                "crops them by the label's box"
            )
        if lost:
            text += f"; the other {len(lost)} are cropped by the label's box"
        print_log(text, logger='current')

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace the box to crop by."""
        if results['id'] not in self.boxes:
            return results
        center, size = bbox_xyxy2cs(self.boxes[results['id']], padding=self.scale)
        return _crop_by(results, center, size)

    def __repr__(self) -> str:
        return f'DetectorBox(box_file={self.box_file!r}, ann_file={self.ann_file!r})'


def match_detections(annotations: Annotations, detections: dict, min_iou: float = MIN_IOU) -> dict:
    """Match detections with the faces of their image, one to one, by IoU.

    Args:
        annotations: Labelled faces.
        detections: Boxes x1, y1, x2, y2 of each image id, lists.
        min_iou: Least IoU of a match with the box around the labelled landmarks.

    Returns:
        Box (4,) by face id, for the faces that have one.
    """
    faces = defaultdict(list)
    for face_id, face in annotations.faces.items():
        if face['image_id'] in detections and annotations.landmarks(face_id)[1].any():
            faces[face['image_id']].append(face_id)
    boxes = {}
    for image_id, face_ids in faces.items():
        found = np.array(detections[image_id], np.float32)
        labelled = np.array([_landmark_box(annotations, face_id) for face_id in face_ids])
        iou = bbox_overlaps(torch.from_numpy(labelled).float(), torch.from_numpy(found)).numpy()
        for row, column in zip(*linear_sum_assignment(iou, maximize=True), strict=True):
            if iou[row, column] >= min_iou:
                boxes[face_ids[row]] = found[column]
    return boxes


def with_box(dataset: dict[str, Any], box: str, **options: Any) -> dict[str, Any]:
    """A test dataset's config with its faces cropped by another box.

    Args:
        dataset: Config of a dataset with ``pipeline`` and ``ann_file``.
        box: ``'label'`` for the stock crops, ``'jitter'`` for :class:`JitterBox`, or the path
            of a detection file for :class:`DetectorBox`.
        **options: Arguments of that transform.

    Returns:
        A changed copy.

    Raises:
        ValueError: A dataset without a pipeline of its own, or, for a detection file, without an
            annotation file.
    """
    if box == 'label':
        return dataset
    for key in ('pipeline',) if box == 'jitter' else ('pipeline', 'ann_file'):
        if not dataset.get(key):
            raise ValueError(f'box={box!r} needs a dataset with {key}, got {dataset.get("type")}')
    if box == 'jitter':
        transform = {'type': 'fifa_mm.JitterBox', **options}
    else:
        ann_file = osp.join(dataset.get('data_root') or '', dataset['ann_file'])
        transform = {'type': 'fifa_mm.DetectorBox', 'box_file': box, 'ann_file': ann_file}
        transform.update(options)
    pipeline = dataset['pipeline']
    place = _after_landmark_box(pipeline)
    return {**dataset, 'pipeline': [*pipeline[:place], transform, *pipeline[place:]]}


def _after_landmark_box(pipeline: Sequence[dict[str, Any]]) -> int:
    """The place behind a transform that would replace the box, or the first place."""
    types = [step['type'] for step in pipeline]
    return types.index('LandmarkBox') + 1 if 'LandmarkBox' in types else 0


def _crop_by(results: dict[str, Any], center: np.ndarray, size: np.ndarray) -> dict[str, Any]:
    results['bbox_center'] = np.asarray(center, np.float32)[None]
    results['bbox_scale'] = np.asarray(size, np.float32)[None]
    return results


def _landmark_box(annotations: Annotations, face_id: int | str) -> np.ndarray:
    points, visible = annotations.landmarks(face_id)
    points = points[visible > 0]
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _read_detections(path: str, min_score: float) -> dict:
    """Boxes x1, y1, x2, y2 of each image id."""
    content = read_json(path)
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise ValueError(f'{path} must be a list of detections')
    boxes = defaultdict(list)
    for position, item in enumerate(content):
        if not {'image_id', 'bbox', 'score'} <= item.keys():
            raise ValueError(f"{path}: detection {position} needs 'image_id', 'bbox' and 'score'")
        box = np.array(numbers(f'{path}: bbox of detection {position}', item['bbox'], 4))
        if box[2:].min() <= 0:
            raise ValueError(
                f'{path}: bbox of detection {position} must be x, y, w, h with positive sides, got '
                f'{item["bbox"]}'
            )
        if not isinstance(item['image_id'], int | str):
            raise ValueError(
                f'{path}: image_id of detection {position} must be a number, got '
                f'{item["image_id"]!r}'
            )
        if number(f'{path}: score of detection {position}', item['score']) >= min_score:
            boxes[item['image_id']].append([*box[:2], *(box[:2] + box[2:])])
    return boxes
