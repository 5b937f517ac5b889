"""WFLW: lists of 98 landmarks, rectangle, six attributes and file name (Wu et al., CVPR 2018)."""

from pathlib import Path

import numpy as np

from fifa_mm.datasets.prepare.faces import Face, landmark_box
from fifa_mm.datasets.prepare.files import find, is_number, read_text
from fifa_mm.datasets.prepare.source import Source

LANDMARKS = 98
FIELDS = 2 * LANDMARKS + 4 + 6 + 1
# Flags in the order of a line, with the subset files that MMPose names after them.
ATTRIBUTES = {
    'pose': 'largepose',
    'expression': 'expression',
    'illumination': 'illumination',
    'make_up': 'makeup',
    'occlusion': 'occlusion',
    'blur': 'blur',
}
IMAGES = ('WFLW_images', '*/WFLW_images', 'images')
DOWNLOAD = """\
Download WFLW images and face annotations (WFLW_images.tar.gz, WFLW_annotations.tar.gz) from
https://wywu.github.io/projects/LAB/WFLW.html and unpack both in one folder:

    RAW/WFLW_images/0--Parade/0_Parade_marchingband_1_1015.jpg ...
    RAW/WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_train.txt
    RAW/WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_test.txt"""


def parse_line(line: str) -> tuple[np.ndarray, dict[str, int], str]:
    """Landmarks (98, 2), attributes ``{name: 0 or 1}`` and file name of one line of a list.

    Raises:
        ValueError: the line has another number of fields, something that is no number, or a flag
            that is neither 0 nor 1.
    """
    values = line.split()
    if len(values) != FIELDS:
        raise ValueError(f'{len(values)} fields instead of {FIELDS}')
    for field, value in enumerate(values[:-1], 1):
        if not is_number(value):
            raise ValueError(f'field {field} must be a number, got {value!r}')
    numbers = np.array(values[:-1], np.float64)
    flags = numbers[-6:]
    if not np.isin(flags, (0, 1)).all():
        raise ValueError(f'attributes must be 0 or 1, got {values[-7:-1]}')
    attributes = dict(zip(ATTRIBUTES, flags.astype(int).tolist(), strict=True))
    return numbers[: 2 * LANDMARKS].reshape(-1, 2), attributes, values[-1]


def read_list(path: Path, images: Path) -> list[Face]:
    """Faces of a list file; a face's id is the number of its line, counted from 1."""
    faces = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        try:
            points, attributes, name = parse_line(line)
        except ValueError as error:
            raise ValueError(f'{path}, line {number}: {error}') from error
        keypoints = np.hstack([points, np.ones((LANDMARKS, 1))])
        box = landmark_box(points)
        faces.append(Face(number, name, images / name, keypoints, box, attributes))
    return faces


def read(raw: Path, out: Path, source: Source, partial: bool) -> dict[str, list[Face]]:
    images = find(raw, IMAGES, DOWNLOAD)
    files = {}
    for split in ('train', 'test'):
        name = f'list_98pt_rect_attr_{split}.txt'
        path = find(raw, [f'*/*/{name}', f'*/{name}', name], DOWNLOAD, partial)
        if path is not None:
            files[f'face_landmarks_wflw_{split}'] = read_list(path, images)
    test = files.get('face_landmarks_wflw_test', [])
    for attribute, subset in ATTRIBUTES.items():
        files[f'face_landmarks_wflw_test_{subset}'] = [f for f in test if f.attributes[attribute]]
    return files


def folders(raw: Path) -> dict[str, Path | None]:
    return {'.': find(raw, IMAGES, DOWNLOAD)}


SUBSETS = [f'face_landmarks_wflw_test_{subset}' for subset in ATTRIBUTES.values()]
WFLW = Source(
    name='wflw',
    landmarks=LANDMARKS,
    files={
        'face_landmarks_wflw_train': 7500,
        'face_landmarks_wflw_test': 2500,
        **dict(zip(SUBSETS, (326, 314, 698, 206, 736, 773), strict=True)),
    },
    parts=dict.fromkeys(SUBSETS, 'face_landmarks_wflw_test'),
    read=read,
    folders=folders,
    download=DOWNLOAD,
)
