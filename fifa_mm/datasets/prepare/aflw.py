"""AFLW with 19 landmarks: ``AFLWinfo_release.mat`` and the original images.

Köstinger et al., ICCVW 2011; landmarks and protocol of Zhu et al., CVPR 2016.
"""

from pathlib import Path
from typing import Any

import numpy as np
import scipy.io

from fifa_mm.datasets.prepare.faces import Face, landmark_box
from fifa_mm.datasets.prepare.files import find
from fifa_mm.datasets.prepare.source import Source

LANDMARKS = 19
TRAIN, TEST = 'face_landmarks_aflw_train', 'face_landmarks_aflw_test'
FRONTAL = f'{TEST}_frontal'
FLICKR = ('flickr', 'images/flickr', 'data/flickr', '*/flickr', '*/data/flickr')
DOWNLOAD = """\
Ask for the images of AFLW at
https://www.tugraz.at/institute/icg/research/team-bischof/lrs/downloads/aflw/ and download
AFLWinfo_release.mat from http://mmlab.ie.cuhk.edu.hk/projects/compositional.html. Unpack them so:

    RAW/AFLWinfo_release.mat
    RAW/flickr/0/image00002.jpg ...
    RAW/flickr/2/image00004.jpg ...
    RAW/flickr/3/image00032.jpg ..."""


def load_info(path: Path) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Names (N,), landmarks (N, 19, 2), boxes (N, 4), visibility (N, 19) and permutation (N,).

    Boxes are left, right, top, bottom. The permutation is counted from 0: its first 20000 faces are
    the training set.

    Raises:
        ValueError: the file cannot be read or its variables do not fit together.
    """
    try:
        info = scipy.io.loadmat(path)
    except Exception as error:  # scipy has no common type for a broken file
        raise ValueError(
            f'{path} is no readable MATLAB file: {error}; download it again'
        ) from error
    if missing := {'nameList', 'data', 'bbox', 'mask_new', 'ra'} - set(info):
        raise ValueError(f'{path} lacks the variables {sorted(missing)}')
    count = len(info['nameList'])
    shapes = {'data': (count, 2 * LANDMARKS), 'bbox': (count, 4), 'mask_new': (count, LANDMARKS)}
    for key, shape in shapes.items():
        if info[key].shape != shape:
            raise ValueError(f'{path}: {key} must be {shape}, got {info[key].shape}')
    for key in (*shapes, 'ra'):
        if info[key].dtype.kind not in 'biuf':
            raise ValueError(f'{path}: {key} must be numbers, got {info[key].dtype}')
    order = info['ra'].ravel()
    if not np.array_equal(np.sort(order), np.arange(count) + 1):
        raise ValueError(f'{path}: ra must be a permutation of 1 to {count}')
    names = [_name(path, index, entry) for index, entry in enumerate(info['nameList'])]
    points = info['data'].reshape(count, 2, LANDMARKS).transpose(0, 2, 1).astype(np.float64)
    return names, points, info['bbox'].astype(np.float64), info['mask_new'], order.astype(int) - 1


def _name(path: Path, index: int, entry: Any) -> str:
    """The image of a face; MATLAB's cells are arrays of arrays."""
    while isinstance(entry, np.ndarray) and entry.size == 1:
        entry = entry.item()
    if not isinstance(entry, str):
        raise ValueError(f'{path}: nameList {index + 1} must be a file name, got {entry!r}')
    return entry


def aflw_box(points: np.ndarray, box: np.ndarray) -> dict[str, Any]:
    """Box fields of MMPose's AFLW files: ``bbox`` around the landmarks, the rest from AFLW's box.

    Args:
        points: Landmarks (19, 2).
        box: left, right, top, bottom.
    """
    left, right, top, bottom = box.tolist()
    side = max(right - left, bottom - top)
    return {
        'bbox': landmark_box(points)['bbox'],
        'center': [(left + right) / 2, (top + bottom) / 2],
        'scale': side / 200,
        'box_size': side,
    }


def read(raw: Path, out: Path, source: Source, partial: bool) -> dict[str, list[Face]]:
    images = find(raw, FLICKR, DOWNLOAD)
    path = find(raw, ['AFLWinfo_release.mat', '*/AFLWinfo_release.mat'], DOWNLOAD)
    names, points, boxes, visible, order = load_info(path)

    def face(face_id: int, index: int) -> Face:
        name = names[index]
        return Face(
            face_id,
            f'flickr/{name}',
            images / name,
            np.hstack([points[index], np.ones((LANDMARKS, 1))]),
            aflw_box(points[index], boxes[index]),
            {'frontal': int((visible[index] == 1).all())},
        )

    first_test = source.files[TRAIN]
    test = [face(number, index) for number, index in enumerate(order[first_test:], 1)]
    return {
        TRAIN: [face(number, index) for number, index in enumerate(order[:first_test], 1)],
        TEST: test,
        FRONTAL: [face for face in test if face.attributes['frontal']],
    }


def folders(raw: Path) -> dict[str, Path | None]:
    return {'flickr': find(raw, FLICKR, DOWNLOAD)}


AFLW = Source(
    name='aflw',
    landmarks=LANDMARKS,
    files={TRAIN: 20000, TEST: 4386, FRONTAL: None},
    box_fields=('bbox', 'center', 'scale', 'box_size'),
    parts={FRONTAL: TEST},
    read=read,
    folders=folders,
    download=DOWNLOAD,
)
