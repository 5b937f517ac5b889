"""300-W: folders of images with 68-point ``.pts`` files (Sagonas et al., IMAVIS 2016)."""

from pathlib import Path

import numpy as np

from fifa_mm.datasets.prepare.faces import Face, landmark_box
from fifa_mm.datasets.prepare.files import MissingDataError, find, is_number, read_text
from fifa_mm.datasets.prepare.source import Source

LANDMARKS = 68
IMAGE_TYPES = ('.jpg', '.jpeg', '.png')
# Folders of each annotation file, as MMPose keeps them below images/, with a name for subsets.
FOLDERS = {
    'face_landmarks_300w_train': {
        'afw': 'afw',
        'helen/trainset': 'helen',
        'lfpw/trainset': 'lfpw',
    },
    'face_landmarks_300w_valid': {
        'helen/testset': 'common',
        'lfpw/testset': 'common',
        'ibug': 'challenge',
    },
    'face_landmarks_300w_test': {
        'Test/01_Indoor': 'indoor',
        'Test/02_Outdoor': 'outdoor',
    },
}
TEST = 'face_landmarks_300w_test'
DOWNLOAD = """\
Download afw.zip, helen.zip, lfpw.zip and ibug.zip from https://ibug.doc.ic.ac.uk/resources/300-W/
(for the challenge's own test set, which is optional, 300w.zip too) and unpack them so:

    RAW/afw/*.jpg, *.pts
    RAW/helen/trainset/*.jpg, *.pts     RAW/helen/testset/*.jpg, *.pts
    RAW/lfpw/trainset/*.png, *.pts      RAW/lfpw/testset/*.png, *.pts
    RAW/ibug/*.jpg, *.pts
    RAW/Test/01_Indoor/*.png, *.pts     RAW/Test/02_Outdoor/*.png, *.pts"""


def read_pts(path: Path) -> np.ndarray:
    """Landmarks (68, 2) of a ``.pts`` file, pixels counted from 0 (the file counts from 1).

    Raises:
        ValueError: the file is no ``.pts`` file of 68 points.
    """
    lines = [line.strip() for line in read_text(path).splitlines() if line.strip()]
    head = dict(line.partition(':')[::2] for line in lines[:2])
    if 'n_points' not in head or '{' not in lines or lines[-1] != '}':
        raise ValueError(f'{path}: no .pts file of `version`, `n_points` and points in braces')
    points = [line.split() for line in lines[lines.index('{') + 1 : -1]]
    if not len(points) == LANDMARKS or head['n_points'].strip() != str(LANDMARKS):
        raise ValueError(
            f'{path}: {len(points)} points and n_points {head["n_points"].strip()}, '
            f'needs {LANDMARKS}'
        )
    for number, point in enumerate(points):
        if len(point) != 2 or not all(map(is_number, point)):
            raise ValueError(f'{path}: point {number} must be two numbers, got {" ".join(point)!r}')
    return np.array(points, np.float64) - 1


def read(raw: Path, out: Path, source: Source, partial: bool) -> dict[str, list[Face]]:
    paths = folders(raw)
    needed = [folder for name, parts in FOLDERS.items() if name != TEST for folder in parts]
    missing = [folder for folder in needed if folder not in paths]
    if missing and not (partial and paths):
        raise MissingDataError(f'no {", ".join(missing)} in {raw}.\n\n{DOWNLOAD}')
    files = {}
    for name, parts in FOLDERS.items():
        faces: list[Face] = []
        for folder, subset in parts.items():
            if folder in paths:
                faces += _read_folder(paths[folder], folder, subset, first_id=len(faces) + 1)
        if faces or name != TEST:
            files[name] = faces
    for subset in ('common', 'challenge'):
        files[f'face_landmarks_300w_valid_{subset}'] = [
            face
            for face in files['face_landmarks_300w_valid']
            if subset in face.attributes['subsets']
        ]
    return files


def _read_folder(path: Path, folder: str, subset: str, first_id: int) -> list[Face]:
    faces: list[Face] = []
    for pts in sorted(path.glob('*.pts')):
        images = [p for p in path.glob(f'{_escape(pts.stem)}.*') if p.suffix.lower() in IMAGE_TYPES]
        if len(images) > 1:
            raise ValueError(f'{pts} has {len(images)} images: {[p.name for p in images]}')
        image = images[0] if images else pts.with_suffix('.jpg')
        points = read_pts(pts)
        faces.append(
            Face(
                first_id + len(faces),
                f'{folder}/{image.name}',
                image,
                np.hstack([points, np.ones((LANDMARKS, 1))]),
                landmark_box(points),
                {'subsets': [subset]},
            )
        )
    return faces


def _escape(stem: str) -> str:
    return ''.join(f'[{c}]' if c in '[*?' else c for c in stem)


def folders(raw: Path) -> dict[str, Path]:
    """The download's folders by MMPose's names, as far as they are there."""
    found = {}
    for folder in [folder for parts in FOLDERS.values() for folder in parts]:
        top, _, leaf = folder.partition('/')
        names = [f'{name}/{leaf}' for name in (top, top.upper(), '300W' if top == 'Test' else top)]
        if path := find(raw, names, DOWNLOAD, partial=True):
            found[folder] = path
    return found


FACE_300W = Source(
    name='300w',
    landmarks=LANDMARKS,
    files={
        'face_landmarks_300w_train': 3148,
        'face_landmarks_300w_valid': 689,
        'face_landmarks_300w_valid_common': 554,
        'face_landmarks_300w_valid_challenge': 135,
        'face_landmarks_300w_test': 600,
    },
    parts={
        'face_landmarks_300w_valid_common': 'face_landmarks_300w_valid',
        'face_landmarks_300w_valid_challenge': 'face_landmarks_300w_valid',
    },
    optional=(TEST,),
    read=read,
    folders=folders,
    download=DOWNLOAD,
)
