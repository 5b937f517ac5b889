"""Annotated faces and MMPose's annotation files of them.

Points are (x, y) in pixels, (0, 0) the centre of the first pixel. K is the number of landmarks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fifa_mm.annotations import FIELDS, keypoints, read_coco

CATEGORY = {'supercategory': 'person', 'id': 1, 'name': 'face', 'keypoints': [], 'skeleton': []}


@dataclass
class Face:
    """One face of one annotation file.

    Attributes:
        id: Annotation id, unique in its file.
        file_name: The image, below the dataset's ``images/``.
        image: Where the image file is.
        keypoints: (K, 3) x, y and visibility: 0 unlabelled, 1 labelled (COFW: occluded), 2 visible.
        box: The remaining geometry as MMPose's dataset class reads it: ``bbox`` (x, y, w, h) and,
            but for COFW, ``center``, ``scale`` and, for AFLW, ``box_size``.
        attributes: Further fields of the annotation, such as subset flags.
    """

    id: int
    file_name: str
    image: Path
    keypoints: np.ndarray
    box: dict
    attributes: dict = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f'face {self.id} ({self.file_name})'


def landmark_box(points: np.ndarray) -> dict[str, Any]:
    """Box fields as in the annotation files that HRNet and MMPose publish for WFLW and 300W.

    ``bbox`` is the landmarks' box grown by a tenth of its size on each side; ``center`` is that of
    the landmarks' box rounded outwards to whole pixels, ``scale`` the longer side of this / 200.
    (Some published ``bbox`` are cut at an image's border; MMPose reads ``center`` and ``scale``.)

    Args:
        points: Landmarks (K, 2).
    """
    low, high = points.min(0), points.max(0)
    size = high - low
    floor, ceil = np.floor(low), np.ceil(high)
    return {
        'bbox': [*(low - 0.1 * size).tolist(), *(1.2 * size).tolist()],
        'center': ((floor + ceil) / 2).tolist(),
        'scale': float((ceil - floor).max()) / 200,
    }


def annotation_file(faces: Sequence[Face], sizes: dict, info: dict | None = None) -> dict[str, Any]:
    """The annotation file of ``faces`` as MMPose's face datasets read it.

    Args:
        faces: Faces in the order of their ids.
        sizes: ``{image path: (width, height)}``.
        info: Content of the COCO field ``info``.

    Returns:
        COCO format. An image's id is that of its first face, as in the published files.
    """
    images: dict[str, dict[str, Any]] = {}
    annotations = []
    for face in faces:
        width, height = sizes[face.image]
        image = {'id': face.id, 'file_name': face.file_name, 'height': height, 'width': width}
        image = images.setdefault(face.file_name, image)
        bbox = face.box['bbox']
        annotations.append(
            {
                'image_id': image['id'],
                'id': face.id,
                'keypoints': face.keypoints.ravel().tolist(),
                'num_keypoints': len(face.keypoints),
                'bbox': bbox,
                'iscrowd': 0,
                'area': bbox[2] * bbox[3],
                'category_id': 1,
                **face.box,
                **face.attributes,
            }
        )
    head = {} if info is None else {'info': info}
    content = {'images': list(images.values()), 'annotations': annotations}
    return {**head, 'categories': [CATEGORY], **content}


def read_annotation_file(
    path: Path, images: Path, box_fields: Sequence[str]
) -> tuple[list[Face], dict[Path, tuple[int, int]]]:
    """Faces of an annotation file and the image sizes it states: the inverse of
    :func:`annotation_file`.

    Args:
        path: The file.
        images: Folder that the file names are relative to.
        box_fields: Fields that MMPose's dataset class needs.

    Returns:
        The faces, and ``{image path: (width, height)}``.

    Raises:
        ValueError: a field is missing or the keypoints are no triples.
    """
    needed = {
        'images': ('id', 'file_name', 'width', 'height'),
        'annotations': (*FIELDS['annotations'], 'num_keypoints', 'iscrowd', *box_fields),
        'categories': (),
    }
    content = read_coco(path, needed)
    names, sizes, faces = {}, {}, []
    for image in content['images']:
        names[image['id']] = name = str(image['file_name'])
        sizes[images / name] = (image['width'], image['height'])
    for face in content['annotations']:
        try:
            points = keypoints(face)
        except ValueError as error:
            raise ValueError(f'{path}: {error}') from error
        if len(points) != face['num_keypoints']:
            raise ValueError(
                f'{path}: annotation {face["id"]} has {len(points)} landmarks and num_keypoints='
                f'{face["num_keypoints"]}'
            )
        name = names[face['image_id']]
        box = {key: face[key] for key in box_fields}
        faces.append(Face(face['id'], name, images / name, points, box))
    return faces, sizes
