"""Annotated faces: labels, boxes and subsets.

Evaluation reads them from the annotation file, because MMPose's datasets keep few fields of an
annotation and because a detector's box must never become the normaliser.
"""

import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from fifa_mm.files import read_json

# Of the box fields of MMPose's face datasets.
BOX_SHAPES: dict[str, tuple] = {'bbox': (4,), 'center': (2,), 'scale': (), 'box_size': ()}
WHOLE = 'full'  # name of the whole set
FIELDS = {'images': ('id', 'file_name'), 'annotations': ('id', 'image_id', 'keypoints')}


def read_coco(
    path: str | PathLike, fields: Mapping[str, Sequence[str]] = FIELDS, strict: bool = True
) -> dict[str, Any]:
    """Read a COCO-style annotation file and check its form.

    Args:
        path: The file.
        fields: The lists that it must have, ``images`` and ``annotations`` among them, and the
            fields that their entries must have, ``id`` among them.
        strict: Whether a face on an unknown image is an error.

    Raises:
        ValueError: not such a file, a field that is missing, an id that is no number or text, or a
            face on an unknown image.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise ValueError(f'{path}: it must be an object, got a {type(content).__name__}')
    for key, needed in fields.items():
        if key not in content:
            raise ValueError(f'{path}: no field {key!r}, only {sorted(content)}')
        if not isinstance(content[key], list):
            raise ValueError(f'{path}: {key!r} must be a list, got a {type(content[key]).__name__}')
        for position, entry in enumerate(content[key]):
            where = f'entry {position} of {key!r}'
            if not isinstance(entry, dict):
                raise ValueError(f'{path}: {where} must be an object, got {entry!r}')
            if missing := [field for field in needed if field not in entry]:
                name = f'{key[:-1]} {entry["id"]}' if 'id' in entry else where
                raise ValueError(f'{path}: {name} lacks {missing}')
            if needed and not isinstance(entry['id'], int | str):
                raise ValueError(f'{path}: id of {where} must be a number, got {entry["id"]}')
    images = {image['id'] for image in content['images']}
    for face in content['annotations']:
        known = isinstance(face['image_id'], int | str) and (
            not strict or face['image_id'] in images
        )
        if not known:
            raise ValueError(f'{path}: annotation {face["id"]}: no image {face["image_id"]}')
    return content


def keypoints(face: Mapping[str, Any]) -> np.ndarray:
    """The landmarks of an annotation, (K, 3) x, y and visibility; null becomes NaN.

    Raises:
        ValueError: they are no numbers, or no triples.
    """
    try:
        numbers = np.array(face['keypoints'], np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f'annotation {face["id"]}: keypoints must be numbers: {error}') from error
    if numbers.size % 3:
        raise ValueError(
            f'annotation {face["id"]} has {numbers.size} numbers as keypoints, needs three a '
            'landmark'
        )
    return numbers.reshape(-1, 3)


class Annotations:
    """Annotations of faces by face id.

    Args:
        faces: Annotation, a dict, of each face id.
        file_names: Image of each face id.
        path: Where they are from, for messages.

    Attributes:
        total: Annotations in the file.
        flaws: Face ids that occur twice, where that is no error.
        images: Known image ids, or None.
    """

    def __init__(
        self,
        faces: dict[int | str, dict[str, Any]],
        file_names: dict[int | str, str],
        path: str | PathLike,
    ) -> None:
        self.faces, self.file_names, self.path = faces, file_names, str(path)
        self.total: int = len(faces)
        self.flaws: list[str] = []
        self.images: set | None = None

    @classmethod
    def load(cls, path: str | PathLike, strict: bool = True) -> 'Annotations':
        """Read a COCO-style file, as MMPose's face datasets do.

        Args:
            path: The file.
            strict: Whether a face id that occurs twice (else the last one counts, as for
                pycocotools, and ``flaws`` says so) and an unknown image id are errors.

        Raises:
            ValueError: Not such a file, see :func:`read_coco`, or a face id that occurs twice.
        """
        content = read_coco(path, strict=strict)
        images = {image['id']: image['file_name'] for image in content['images']}
        faces: dict[int | str, dict] = {}
        flaws = []
        for face in content['annotations']:
            if face['id'] in faces:
                if strict:
                    raise ValueError(f'{path}: face id {face["id"]} occurs twice')
                flaws.append(f'face id {face["id"]} occurs twice')
            faces[face['id']] = face
        names = {i: images.get(face['image_id'], 'no image') for i, face in faces.items()}
        loaded = cls(faces, names, path)
        loaded.total, loaded.flaws, loaded.images = len(content['annotations']), flaws, set(images)
        return loaded

    def __len__(self) -> int:
        return len(self.faces)

    def __getitem__(self, face_id: int | str) -> dict[str, Any]:
        if face_id not in self.faces:
            raise ValueError(f'face id {face_id} is not in the annotation file {self.path}')
        return self.faces[face_id]

    def landmarks(self, face_id: int | str) -> tuple[np.ndarray, np.ndarray]:
        """Labelled landmarks (K, 2) and their visibility (K,)."""
        try:
            points = keypoints(self[face_id])
        except ValueError as error:
            raise ValueError(f'{self.path}: {error}') from error
        return points[:, :2], points[:, 2]

    def box(self, face_id: int | str) -> np.ndarray:
        """Annotated face box x1, y1, x2, y2, whose size the box protocols divide by.

        AFLW's square box is known by its side, ``box_size`` (its corner is set to 0, 0).
        """
        face = self[face_id]
        if 'box_size' in face:
            return np.array([0.0, 0.0, face['box_size'], face['box_size']])
        if 'bbox' not in face:
            raise ValueError(f"{self.path}: face {face_id} has neither 'box_size' nor 'bbox'")
        try:
            x, y, w, h = np.asarray(face['bbox'], np.float64)
        except (TypeError, ValueError):
            raise ValueError(
                f'{self.path}: bbox of face {face_id} must be x, y, w, h, got {face["bbox"]!r}'
            ) from None
        return np.array([x, y, x + w, y + h])

    def subset(self, rule: str | dict[str, Any]) -> set:
        """Ids of the faces of a subset.

        Args:
            rule: One of

                - ``'pose'``: faces whose annotation has ``pose`` set (1 or true), or ``pose`` in
                  its list ``subsets``;
                - ``dict(field='source', value='ibug')``: faces whose field has this value, or a
                  list that contains it;
                - ``dict(path='ibug')``: faces whose image's ``file_name`` matches the regular
                  expression;
                - ``dict(ann_file='..._test_blur.json')``: faces that are also in that annotation
                  file (same image and landmarks), as OpenMMLab publishes WFLW's subsets. A bare
                  name is a file beside this one.

        Raises:
            ValueError: A rule of another form, or one that no face follows.
        """
        if isinstance(rule, str):
            ids = {i for i, face in self.faces.items() if _has_flag(face, rule)}
        elif isinstance(rule, dict) and rule.keys() == {'field', 'value'}:
            ids = {
                i
                for i, face in self.faces.items()
                if rule['value'] in _as_list(face.get(rule['field'], []))
            }
        elif isinstance(rule, dict) and rule.keys() == {'path'}:
            ids = {i for i, name in self.file_names.items() if re.search(rule['path'], name)}
        elif isinstance(rule, dict) and rule.keys() == {'ann_file'}:
            path = Path(rule['ann_file'])
            if len(path.parts) == 1:
                path = Path(self.path).with_name(path.name)
            other = Annotations.load(path)
            keys = {other.identity(i): i for i in other.faces}
            ids = {i for i in self.faces if self.identity(i) in keys}
            missing = keys.keys() - {self.identity(i) for i in ids}
            if missing:
                raise ValueError(
                    f'{len(missing)} of the {len(keys)} faces of {other.path} are not in '
                    f'{self.path}, for example face {keys[min(missing)]}'
                )
        else:
            raise ValueError(
                'a subset must be the name of a field, dict(field=..., value=...), dict(path=...) '
                f'or dict(ann_file=...), got {rule!r}'
            )
        if not ids:
            fields = sorted(set().union(*self.faces.values()))
            raise ValueError(
                f'no face of {self.path} is in subset {rule!r}; fields there: {", ".join(fields)}'
            )
        return ids

    def identity(self, face_id: int | str) -> tuple:
        """What makes a face the same in two files: its image and landmarks."""
        return self.file_names[face_id], tuple(np.round(self.landmarks(face_id)[0].ravel(), 2))


def subset_ids(annotations: Annotations, subsets: Sequence[str] | dict[str, Any]) -> dict[str, set]:
    """Ids of the faces of each subset, as ``{name: ids}``.

    Args:
        annotations: The test file.
        subsets: Names, each its own rule, or ``{name: rule}`` with the rules
            of :meth:`Annotations.subset`.

    Raises:
        ValueError: A name that stands for the whole set, or a rule as there.
    """
    check_names(subsets)
    rules = subsets if isinstance(subsets, dict) else {name: name for name in subsets}
    return {name: annotations.subset(rule) for name, rule in rules.items()}


def box_flaw(face: Mapping[str, Any]) -> str:
    """Which box field of an annotation is no number, or not that many; nothing where all are."""
    for key, shape in BOX_SHAPES.items():
        if key not in face:
            continue
        try:
            good = np.shape(face[key]) == shape and np.asarray(face[key]).dtype.kind in 'iuf'
        except ValueError:  # nested lists of several lengths
            good = False
        if not good:
            rule = f'{shape[0]} numbers' if shape else 'a number'
            return f'{key} must be {rule}, got {face[key]!r}'
    return ''


def why_dropped(face: Mapping[str, Any], images: set | None = None) -> str:
    """Why MMPose's datasets leave an annotation out, see its ``BaseCocoStyleDataset``.

    Args:
        face: The annotation.
        images: Known image ids.
    """
    coordinates, box, scale = face['keypoints'], face.get('bbox'), face.get('scale')
    if images is not None and face['image_id'] not in images:
        return f'image id {face["image_id"]} is unknown'
    if face.get('iscrowd'):
        return 'iscrowd is set'
    if face.get('num_keypoints') == 0:
        return 'num_keypoints is 0'
    if (box and min(box[2:], default=0) <= 0) or (isinstance(scale, int | float) and scale <= 0):
        return 'its box has no area'
    if coordinates and max([*coordinates[::3], *coordinates[1::3]]) <= 0:
        return 'no landmark has a positive coordinate'
    return 'its box lies outside the image, or indices or sample_interval of the dataset omit it'


def named(faces: Sequence[str], what: str, most: int = 3) -> str:
    """How many faces there are, what about them, and the first ones; nothing for none."""
    if not faces:
        return ''
    more = f' and {len(faces) - most} more' if len(faces) > most else ''
    return f'{len(faces)} {what}: {", ".join(faces[:most])}{more}'


def check_names(subsets: Any) -> None:
    """Raise ValueError unless ``subsets`` are names, or rules by name, none the whole set's."""
    if not isinstance(subsets, dict | list | tuple):
        raise ValueError(f'subsets must be a list of names or a dict of rules, got {subsets!r}')
    for name in subsets:
        if not isinstance(name, str) or not name or name.lower() == WHOLE:
            raise ValueError(
                f'subsets must have names of their own, {WHOLE!r} is the whole set, got {name!r}'
            )


def _has_flag(face: dict[str, Any], name: str) -> bool:
    if name in face:
        return face[name] in (1, True)
    return name in face.get('subsets', [])


def _as_list(value: Any) -> list:
    return value if isinstance(value, list) else [value]
