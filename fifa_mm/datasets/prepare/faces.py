"""Annotated faces and MMPose's annotation files of them.

Points are (x, y) in pixels, (0, 0) the centre of the first pixel. K is the number of landmarks.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

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
    def name(self):
        return f'face {self.id} ({self.file_name})'


def landmark_box(points):
    """Box fields as in the annotation files that HRNet and MMPose publish for WFLW and 300W.

    ``bbox`` is the landmarks' box grown by a tenth of its size on each side; ``center`` is that of
    the landmarks' box rounded outwards to whole pixels, ``scale`` the longer side of this / 200.
    (Some published ``bbox`` are cut at an image's border; MMPose reads ``center`` and ``scale``.)

    Args:
        points (np.ndarray): Landmarks (K, 2).
    """
    low, high = points.min(0), points.max(0)
    size = high - low
    floor, ceil = np.floor(low), np.ceil(high)
    return {
        'bbox': [*(low - 0.1 * size).tolist(), *(1.2 * size).tolist()],
        'center': ((floor + ceil) / 2).tolist(),
        'scale': float((ceil - floor).max()) / 200,
    }


def annotation_file(faces, sizes, info=None):
    """The annotation file of ``faces`` as MMPose's face datasets read it.

    Args:
        faces (list[Face]): Faces in the order of their ids.
        sizes (dict): ``{image path: (width, height)}``.
        info (dict, optional): Content of the COCO field ``info``.

    Returns:
        dict: COCO format. An image's id is that of its first face, as in the published files.
    """
    images, annotations = {}, []
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
    images = list(images.values())
    return {**head, 'categories': [CATEGORY], 'images': images, 'annotations': annotations}


def read_annotation_file(content, images, box_fields):
    """Faces of an annotation file and the image sizes it states: the inverse of
    :func:`annotation_file`.

    Args:
        content (dict): The parsed JSON.
        images (Path): Folder that the file names are relative to.
        box_fields (Sequence[str]): Fields that MMPose's dataset class needs.

    Returns:
        tuple: list[Face], and ``{image path: (width, height)}``.

    Raises:
        ValueError: a field is missing or the keypoints are no triples.
    """
    if not isinstance(content, dict):
        raise ValueError(f'it must be an object, got a {type(content).__name__}')
    for key in ('images', 'annotations', 'categories'):
        if key not in content:
            raise ValueError(f'no field {key!r}, only {sorted(content)}')
    records, sizes, faces = {}, {}, []
    for image in _entries(content, 'images', ('id', 'file_name', 'width', 'height')):
        records[image['id']] = image
        sizes[images / str(image['file_name'])] = (image['width'], image['height'])
    needed = ('id', 'image_id', 'keypoints', 'num_keypoints', 'iscrowd', *box_fields)
    for annotation in _entries(content, 'annotations', needed):
        image_id = annotation['image_id']
        if not isinstance(image_id, int | str) or image_id not in records:
            raise ValueError(f'annotation {annotation["id"]}: no image {image_id}')
        try:
            keypoints = np.array(annotation['keypoints'], np.float64)  # null becomes NaN
        except (TypeError, ValueError) as error:
            raise ValueError(
                f'annotation {annotation["id"]}: keypoints must be numbers: {error}'
            ) from error
        if keypoints.size % 3 or keypoints.size != 3 * annotation['num_keypoints']:
            raise ValueError(
                f'annotation {annotation["id"]} has {keypoints.size} numbers as keypoints and '
                f'num_keypoints={annotation["num_keypoints"]}, needs three a landmark'
            )
        file_name = records[image_id]['file_name']
        faces.append(
            Face(
                annotation['id'],
                file_name,
                images / file_name,
                keypoints.reshape(-1, 3),
                {key: annotation[key] for key in box_fields},
            )
        )
    return faces, sizes


def _entries(content, key, fields):
    """The entries of a list of a COCO file, all of which must be objects with some fields."""
    if not isinstance(content[key], list):
        raise ValueError(f'{key!r} must be a list, got a {type(content[key]).__name__}')
    for position, entry in enumerate(content[key]):
        if not isinstance(entry, dict):
            raise ValueError(f'entry {position} of {key!r} must be an object, got {entry!r}')
        if missing := [field for field in fields if field not in entry]:
            name = f'{key[:-1]} {entry["id"]}' if 'id' in entry else f'entry {position} of {key!r}'
            raise ValueError(f'{name} lacks {missing}')
        if not isinstance(entry['id'], int | str):
            raise ValueError(
                f'id of entry {position} of {key!r} must be a number, got {entry["id"]}'
            )
    return content[key]
