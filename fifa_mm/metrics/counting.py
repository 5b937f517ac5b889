"""Whether a score is over every annotated face once, and if not, why."""

from collections import Counter
from collections.abc import Sequence

from fifa_mm.annotations import Annotations

MOST = 3  # faces named in a sentence


def miscount(ids: Sequence, annotations: Annotations | None) -> str:
    """What keeps a score from being over every annotated face once, in a sentence.

    Args:
        ids: Face ids that were evaluated, one an evaluation.
        annotations: The test set's, where it has a file; read with ``strict=False``.

    Returns:
        The sentence, or nothing where all is well.
    """
    evaluated = Counter(ids)
    double = [f'face {i}' for i, times in evaluated.items() if times > 1]
    if annotations is None:
        found = [_named(double, 'evaluated twice')]
        total = f'{len(evaluated)} faces'
    else:
        dropped = [
            f'face {i} ({annotations.file_names[i]}: {why_dropped(face)})'
            for i, face in annotations.faces.items()
            if i not in evaluated
        ]
        unknown = [f'face {i}' for i in evaluated if i not in annotations.faces]
        found = [
            _named(dropped, 'dropped'),
            _named(double, 'evaluated twice'),
            _named(unknown, 'not in the file'),
            *annotations.flaws,
        ]
        total = f'{annotations.total} faces of {annotations.path}'
    found = [text for text in found if text]
    return f'{len(ids)} evaluations of the {total}: {"; ".join(found)}' if found else ''


def why_dropped(face: dict) -> str:
    """Why MMPose's datasets leave an annotation out, see ``BaseCocoStyleDataset``."""
    coordinates = face['keypoints']
    box = face.get('bbox')
    scale = face.get('scale')
    if face.get('iscrowd'):
        return 'iscrowd is set'
    if face.get('num_keypoints') == 0:
        return 'num_keypoints is 0'
    if (box and min(box[2:], default=0) <= 0) or (isinstance(scale, int | float) and scale <= 0):
        return 'its box has no area'
    if coordinates and max([*coordinates[::3], *coordinates[1::3]]) <= 0:
        return 'no landmark has a positive coordinate'
    return 'its box lies outside the image, or indices or sample_interval of the dataset omit it'


def _named(faces: list[str], what: str) -> str:
    if not faces:
        return ''
    more = f' and {len(faces) - MOST} more' if len(faces) > MOST else ''
    return f'{len(faces)} {what}: {", ".join(faces[:MOST])}{more}'
