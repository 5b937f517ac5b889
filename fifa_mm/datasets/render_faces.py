"""Renders faces into a folder, with annotations of one or several landmark definitions."""

import functools
import multiprocessing
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from pprint import pformat
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from fifa_mm.checks import integer
from fifa_mm.datasets.rendered_folder import finish, is_whole, picture_path, recipe, start
from fifa_mm.datasets.synthetic import SyntheticFaces
from fifa_mm.files import check_folder, write_all, write_text, written_whole

PIXEL_STD = 200  # MMPose's annotation files divide ``scale`` by it


def render_faces(
    folder: str | PathLike,
    num_samples: int,
    image_size: int = 160,
    seed: int = 0,
    sets: Sequence[dict[str, Any]] = ({'num_landmarks': 68},),
    workers: int = 1,
) -> list[Path]:
    """Render the faces that :class:`fifa_mm.SyntheticFaces` renders, or those still missing.

    Args:
        folder: Made where it is not there.
        num_samples: Number of faces.
        image_size: Side of the pictures in pixels.
        seed: Of the faces.
        sets: Options ``num_landmarks`` or ``points`` of each set of landmarks; each has a file.
        workers: Processes.

    Returns:
        The annotation files, in the form of MMPose's 300W and WFLW datasets. Beside one of own
        points lies NAME.py, their meta information.

    Raises:
        ValueError: an argument outside its range, two sets of one name, or a folder of other
            pictures.
        OSError: the folder cannot be written.
    """
    integer('workers', workers, 1)
    options: dict[str, Any] = {'num_samples': num_samples, 'image_size': image_size, 'seed': seed}
    faces = [SyntheticFaces(**options, **own, lazy_init=True) for own in sets]
    names = [one.sets.name for one in faces]
    if len(set(names)) < len(names):
        raise ValueError(f'sets must have names of their own, got {names}')
    made = recipe(seed, image_size, num_samples)
    check_folder(folder)
    start(folder, made)
    for first in range(0, num_samples, 1000):
        picture_path(folder, first).parent.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context('spawn').Pool(workers, _one_thread) as pool:
        draw = functools.partial(_draw, folder, options, sets)
        found = pool.imap(draw, range(num_samples), chunksize=16)
        rows = list(tqdm(found, 'faces', num_samples, disable=None, unit='face'))
    files = [Path(folder, 'annotations', f'{name}.json') for name in names]
    for one in faces:
        if one.sets.is_own:
            text = f'dataset_info = {pformat(one.sets.metainfo, sort_dicts=False)}\n'
            write_text(Path(folder, 'annotations', f'{one.sets.name}.py'), text)
    pictures = [
        {'id': i, 'file_name': str(picture_path('', i)), 'width': image_size, 'height': image_size}
        for i in range(num_samples)
    ]
    category = [{'id': 1, 'name': 'face'}]
    write_all(
        {
            file: {'images': pictures, 'annotations': list(annotations), 'categories': category}
            for file, annotations in zip(files, zip(*rows, strict=True), strict=True)
        }
    )
    finish(folder, made)
    return files


def annotation(face: dict[str, Any]) -> dict[str, Any]:
    """A sample of ``SyntheticFaces`` as an annotation."""
    points, (x1, y1, x2, y2) = face['keypoints'][0], face['bbox'][0].tolist()
    visible = np.column_stack([points, face['keypoints_visible'][0]])
    return {
        **face['raw_ann_info'],
        'category_id': 1,
        'iscrowd': 0,
        'num_keypoints': face['num_keypoints'],
        'keypoints': [round(float(value), 3) for value in visible.ravel()],
        'bbox': [x1, y1, x2 - x1, y2 - y1],
        'area': (x2 - x1) * (y2 - y1),
        'center': face['bbox_center'][0].tolist(),
        'scale': float(face['bbox_scale'][0, 0]) / PIXEL_STD,
    }


def _one_thread() -> None:
    cv2.setNumThreads(1)


@functools.cache
def _faces(options: tuple, own: tuple) -> SyntheticFaces:
    return SyntheticFaces(**dict(options), **dict(own), lazy_init=True)


def _draw(
    folder: str | PathLike, options: dict[str, Any], sets: Sequence[dict[str, Any]], index: int
) -> list[dict[str, Any]]:
    """Write the picture of a face unless it is there, and give its annotation in every set."""
    hashed = [{k: tuple(v) if isinstance(v, list) else v for k, v in own.items()} for own in sets]
    faces = [_faces(tuple(options.items()), tuple(own.items())) for own in hashed]
    if not is_whole(path := picture_path(folder, index)):
        with written_whole(path, sync=False) as file:
            file.write(cv2.imencode('.png', faces[0].picture(index))[1].tobytes())
    return [annotation(one.labels(index)) for one in faces]
