"""COFW: images and 29 landmarks with occlusion in MATLAB 7.3 files (Burgos-Artizzu, ICCV 2013)."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from fifa_mm.datasets.prepare.faces import Face
from fifa_mm.datasets.prepare.files import find, progress
from fifa_mm.datasets.prepare.source import Source
from fifa_mm.files import written_whole

LANDMARKS = 29
DOWNLOAD = """\
Download COFW_color.zip from https://data.caltech.edu/records/bc0bf-nc666 and unpack it so:

    RAW/COFW_train_color.mat
    RAW/COFW_test_color.mat"""


def read(raw: Path, out: Path, source: Source, partial: bool) -> dict[str, list[Face]]:
    """Faces of both files; the images are written to ``out/images`` as MMPose names them."""
    try:
        import h5py
    except ImportError as error:
        raise ImportError('COFW is in MATLAB 7.3 files: pip install h5py') from error
    (out / 'images').mkdir(parents=True, exist_ok=True)
    files, first_id = {}, 1
    for split, suffix in (('train', 'Tr'), ('test', 'T')):
        path = find(raw, [f'**/COFW_{split}_color.mat'], DOWNLOAD, partial)
        if path is None:
            continue
        try:
            with h5py.File(path) as mat:
                faces = _read_mat(mat, suffix, first_id, out / 'images', split)
        except (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError) as error:
            if isinstance(error, OSError) and error.errno:  # of a picture that is written
                raise
            raise ValueError(f'{path} is not the MATLAB 7.3 file of COFW: {error}') from error
        files[f'cofw_{split}'] = faces
        first_id += len(faces)
    return files


def _read_mat(mat: Any, suffix: str, first_id: int, images: Path, split: str) -> list[Face]:
    keys = [f'{key}{suffix}' for key in ('Is', 'phis', 'bboxes')]
    if missing := [key for key in keys if key not in mat]:
        raise ValueError(f'no variables {missing}, only {sorted(mat)}')
    pictures, phis, boxes = (mat[key] for key in keys)
    count = phis.shape[-1]
    shapes = [(1, count), (3 * LANDMARKS, count), (4, count)]
    if [pictures.shape, phis.shape, boxes.shape] != shapes:
        raise ValueError(
            f'{", ".join(keys)} must be {shapes}, got {pictures.shape}, {phis.shape}, {boxes.shape}'
        )
    phis, boxes = phis[:], boxes[:]
    faces = []
    for index in progress(range(count), f'COFW {split}'):
        face_id = first_id + index
        file_name = f'{face_id:06d}.jpg'
        picture = mat[pictures[0, index]][:].T  # MATLAB's order is column-major
        if not _is_there(images / file_name, picture.shape):
            with written_whole(images / file_name, sync=False) as file:
                file.write(jpeg(picture))
        faces.append(cofw_face(face_id, file_name, images, phis[:, index], boxes[:, index]))
    return faces


def jpeg(picture: np.ndarray) -> bytes:
    """JPEG of an (H, W, 3) RGB or (H, W) grey image, in OpenCV's quality as MMPose's converter."""
    if picture.dtype != np.uint8 or picture.ndim < 2 or picture.shape[2:] not in ((), (3,)):
        raise ValueError(
            f'an image must be (H, W) or (H, W, 3) uint8, got {picture.shape} {picture.dtype}'
        )
    bgr = np.ascontiguousarray(picture[..., ::-1] if picture.ndim == 3 else picture)
    return cv2.imencode('.jpg', bgr)[1].tobytes()


def _is_there(path: Path, shape: tuple[int, ...]) -> bool:
    try:
        with Image.open(path) as image:
            return image.size == (shape[1], shape[0])
    except OSError:  # none, or no image
        return False


def cofw_face(face_id: int, file_name: str, images: Path, phi: np.ndarray, box: np.ndarray) -> Face:
    """A face with the fields of MMPose's ``cofw_*.json``.

    Args:
        phi: 29 x, 29 y (pixels counted from 1) and 29 occlusion flags.
        box: x, y, width, height of the face; MMPose keeps it, cut at 0.

    Returns:
        Pixels counted from 0, cut at 0; visibility 2, occluded 1.
    """
    x, y, occluded = phi.reshape(3, LANDMARKS)
    if not np.isin(occluded, (0, 1)).all():
        raise ValueError(f'occlusion of face {face_id} must be 0 or 1, got {np.unique(occluded)}')
    points = np.maximum(np.stack([x, y], 1) - 1, 0)
    keypoints = np.hstack([points, 2 - occluded[:, None]])
    bbox = {'bbox': np.maximum(box, 0).tolist()}
    return Face(face_id, file_name, images / file_name, keypoints, bbox)


COFW = Source(
    name='cofw',
    landmarks=LANDMARKS,
    files={'cofw_train': 1345, 'cofw_test': 507},
    box_fields=('bbox',),
    read=read,
    folders=lambda raw: {},
    download=DOWNLOAD,
    info={'description': 'COFW in the format of MMPose'},
)
