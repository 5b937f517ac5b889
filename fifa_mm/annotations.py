"""Annotated faces: labels, boxes and subsets.

Evaluation reads them from the annotation file, because MMPose's datasets keep few fields of an
annotation and because a detector's box must never become the normaliser.
"""

import re
from pathlib import Path

import numpy as np

from fifa_mm.files import read_json


class Annotations:
    """Annotations of faces by face id.

    Args:
        faces (dict): Annotation, a dict, of each face id.
        file_names (dict): Image of each face id.
        path (str): Where they are from, for messages.
    """

    def __init__(self, faces, file_names, path):
        self.faces, self.file_names, self.path = faces, file_names, str(path)

    @classmethod
    def load(cls, path):
        """Read a COCO-style file, as MMPose's face datasets do.

        Raises:
            ValueError: Not such a file, a field that is missing, a face id that occurs twice, or an
                unknown image id.
        """
        content = read_json(path)
        if not isinstance(content, dict) or not {'images', 'annotations'} <= content.keys():
            raise ValueError(f"{path} must be a JSON object with 'images' and 'annotations'")
        needed = {'images': ('id', 'file_name'), 'annotations': ('id', 'image_id', 'keypoints')}
        for name, fields in needed.items():
            for position, entry in enumerate(content[name]):
                if missing := [field for field in fields if field not in entry]:
                    raise ValueError(f'{path}: entry {position} of {name!r} lacks {missing}')
        images = {image['id']: image['file_name'] for image in content['images']}
        faces, file_names = {}, {}
        for face in content['annotations']:
            if face['id'] in faces:
                raise ValueError(f'{path}: face id {face["id"]} occurs twice')
            if face['image_id'] not in images:
                raise ValueError(
                    f'{path}: face {face["id"]} is on unknown image {face["image_id"]}'
                )
            faces[face['id']] = face
            file_names[face['id']] = images[face['image_id']]
        return cls(faces, file_names, path)

    def __len__(self):
        return len(self.faces)

    def __getitem__(self, face_id):
        if face_id not in self.faces:
            raise ValueError(f'face id {face_id} is not in the annotation file {self.path}')
        return self.faces[face_id]

    def landmarks(self, face_id):
        """Labelled landmarks (K, 2) and their visibility (K,)."""
        keypoints = np.asarray(self[face_id]['keypoints'], np.float64).reshape(-1, 3)
        return keypoints[:, :2], keypoints[:, 2]

    def box(self, face_id):
        """Annotated face box x1, y1, x2, y2, whose size the box protocols divide by.

        AFLW's square box is known by its side, ``box_size`` (its corner is set to 0, 0).
        """
        face = self[face_id]
        if 'box_size' in face:
            return np.array([0.0, 0.0, face['box_size'], face['box_size']])
        if 'bbox' not in face:
            raise ValueError(f"{self.path}: face {face_id} has neither 'box_size' nor 'bbox'")
        x, y, w, h = face['bbox']
        return np.array([x, y, x + w, y + h], np.float64)

    def subset(self, rule):
        """Ids of the faces of a subset.

        Args:
            rule (str | dict): One of

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

    def identity(self, face_id):
        """What makes a face the same in two files: its image and landmarks."""
        return self.file_names[face_id], tuple(np.round(self.landmarks(face_id)[0].ravel(), 2))


def subset_ids(annotations, subsets):
    """Ids of the faces of each subset, as ``{name: ids}``.

    Args:
        annotations (Annotations): The test file.
        subsets (Sequence[str] | dict): Names, each its own rule, or ``{name: rule}`` with the rules
            of :meth:`Annotations.subset`.
    """
    rules = subsets if isinstance(subsets, dict) else {name: name for name in subsets}
    return {name: annotations.subset(rule) for name, rule in rules.items()}


def _has_flag(face, name):
    if name in face:
        return face[name] in (1, True)
    return name in face.get('subsets', [])


def _as_list(value):
    return value if isinstance(value, list) else [value]
