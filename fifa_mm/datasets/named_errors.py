"""Errors of MMPose's datasets that name the file, the face, the rule and the value.

MMPose reads whatever numbers an annotation holds. A wrong number of landmarks then ends in ``stack
expects each tensor to be equal size``, a NaN in a loss, and an error inside the pipeline does not
say which of thousands of faces it is about. :func:`install`, which ``fifa_mm.compat`` calls, makes
a dataset class check faces when it reads them, say what it leaves out, and name a face that the
pipeline cannot take.
"""

import functools
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log

from fifa_mm.annotations import box_flaw, named, why_dropped

# These say what is wrong with the program or the machine, or name the file themselves.
UNTOUCHED = (RuntimeError, OSError, ImportError, MemoryError)


class FaceError(ValueError):
    """A face that cannot be used, with its name."""


def install(dataset: type) -> None:
    """Wrap ``_load_annotations`` and ``prepare_data`` of MMPose's base class of datasets."""
    dataset._load_annotations = _checked(dataset._load_annotations)  # type: ignore[attr-defined]
    dataset.prepare_data = _named(dataset.prepare_data)  # type: ignore[attr-defined]


def check_face(info: dict[str, Any], num_landmarks: int, definition: str) -> None:
    """Check what MMPose's datasets read of a face.

    Args:
        info: ``keypoints`` (1, K, 2), ``keypoints_visible`` (1, K) and the box.
        num_landmarks: K of the dataset's meta information.
        definition: Name of the dataset in it.

    Raises:
        ValueError: another number of landmarks, a labelled one that is not finite, or a box that is
            not finite.
    """
    points, visible = info['keypoints'], info['keypoints_visible']
    if points.shape[1] != num_landmarks:
        raise ValueError(f'{definition} defines {num_landmarks} landmarks, got {points.shape[1]}')
    bad = np.argwhere((visible != 0) & ~(np.isfinite(points).all(-1) & np.isfinite(visible)))
    if len(bad):
        index = tuple(bad[0])
        raise ValueError(f'landmark {index[-1]} must be finite, got {points[index].tolist()}')
    for key in ('bbox_center', 'bbox_scale', 'bbox'):  # what the box is made from first
        if key in info and not np.isfinite(info[key]).all():
            raise ValueError(f'{key} must be finite, got {info[key].tolist()}')


def _checked(load: Callable) -> Callable:
    @functools.wraps(load)
    def load_annotations(self: Any) -> Any:
        parse = self.parse_data_info

        def parse_data_info(raw: dict) -> dict | None:
            face = raw['raw_ann_info']
            try:
                info = parse(raw)
                if info:
                    check_face(info, self.metainfo['num_keypoints'], self.metainfo['dataset_name'])
            except UNTOUCHED:
                raise
            except Exception as error:
                where = f'face {face.get("id")} ({raw["raw_img_info"].get("file_name")})'
                text = box_flaw(face) or _sentence(error)
                raise FaceError(f'{self.ann_file}: {where}: {text}') from error
            return info

        self.parse_data_info = parse_data_info
        try:
            instances, images = load(self)
        finally:
            del self.parse_data_info
        if not self.test_mode and self.sample_interval == 1:
            say_what_is_left_out(self, instances)
        return instances, images

    return load_annotations


def _named(prepare: Callable) -> Callable:
    @functools.wraps(prepare)
    def prepare_data(self: Any, idx: int) -> Any:
        try:
            return prepare(self, idx)
        except (FaceError, *UNTOUCHED):
            raise
        except Exception as error:
            face = self.get_data_info(idx)
            where = f'face {face.get("id")} ({face.get("img_path")})'
            step = _transform(error.__traceback__)
            raise FaceError(
                f'{self.ann_file or type(self).__name__}: {where}: {step}{_sentence(error)}'
            ) from error

    return prepare_data


def say_what_is_left_out(dataset: Any, instances: list[dict]) -> None:
    """Log the annotations of a dataset that is being read which it will not train on."""
    if not hasattr(dataset, 'coco') or dataset.data_mode != 'topdown':
        return
    used = {info['id'] for info in instances if dataset._is_valid_instance(info)}
    images = set(dataset.coco.imgs)
    faces = dataset.coco.dataset['annotations']
    left = [
        f'face {face["id"]}: {why_dropped(face, images)}'
        for face in faces
        if face['id'] not in used or face['image_id'] not in images
    ]
    if left:
        text = f'{dataset.ann_file}: {named(left, f"of {len(faces)} faces are left out")}'
        print_log(text, 'current', logging.WARNING)


def _sentence(error: Exception) -> str:
    text = ' '.join(str(error).split())
    kind = type(error).__name__
    if text and kind in ('ValueError', 'AssertionError'):
        return text
    return f'{kind}: {text}' if text else kind


def _transform(traceback: TracebackType | None) -> str:
    """Name of the outermost transform that an error passed through."""
    while traceback is not None:
        owner = traceback.tb_frame.f_locals.get('self')
        if isinstance(owner, BaseTransform):
            return f'{type(owner).__name__}: '
        traceback = traceback.tb_next
    return ''
