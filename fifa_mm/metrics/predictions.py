"""Scores predictions of any program, read from a JSON file, against an annotation file.

The prediction file is a list of faces, or an object whose ``faces`` is that list (what
``FaceLandmarkMetric(per_face_file=...)`` writes)::

    [{"id": 7, "keypoints": [[103.2, 88.9], [104.0, 95.1], ...]}, ...]

``id`` is the face's annotation id; instead of it, ``file_name`` may name the image, where that has
one face. ``keypoints`` are K pairs in pixels of the original image, the first pixel's centre being
0, 0. A coordinate or a whole ``keypoints`` that is ``null`` or NaN is a failed prediction: the face
stays in every count with an infinite error. The order of the faces does not matter.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fifa_mm.annotations import Annotations, subset_ids
from fifa_mm.files import read_json
from fifa_mm.metrics import functional, report


def read_predictions(path: str | Path, annotations: Annotations) -> np.ndarray:
    """Predicted landmarks of every annotated face, in the order of the annotation file.

    Args:
        path: Prediction file, as described above.
        annotations: The faces it must predict.

    Returns:
        (N, K, 2) array, NaN where a prediction failed.

    Raises:
        ValueError: Faces that are missing, unknown, or there twice (each named), or predictions
            with another number of landmarks.
    """
    content = read_json(path)
    faces = content.get('faces') if isinstance(content, dict) else content
    if not isinstance(faces, list) or not all(isinstance(face, dict) for face in faces):
        raise ValueError(f"{path} must be a list of faces, or an object with a list 'faces'")
    predicted = {}
    for position, face in enumerate(faces):
        face_id = _face_id(face, position, annotations, path)
        if face_id in predicted:
            raise ValueError(f'{path}: face {face_id} is predicted twice')
        predicted[face_id] = _keypoints(face, len(annotations.landmarks(face_id)[0]), path, face_id)
    missing = [face_id for face_id in annotations.faces if face_id not in predicted]
    if missing:
        raise ValueError(
            f'{path}: {_named(missing, annotations)} of {annotations.path} missing; a failed '
            'prediction is written as "keypoints": null'
        )
    return np.stack([predicted[face_id] for face_id in annotations.faces])


def evaluate_predictions(
    pred_file: str | Path,
    ann_file: str | Path,
    protocol: str = 'inter-ocular',
    threshold: float | None = None,
    subsets: Sequence[str] | dict[str, Any] = (),
    auc_grid: str | None = None,
) -> dict[str, Any]:
    """Score a prediction file; arguments as of :class:`fifa_mm.FaceLandmarkMetric`.

    Returns:
        ``title`` (protocol, threshold and counts in words), ``protocol``, ``threshold``,
        ``scores`` (percent, of the whole set and of each subset), ``notes`` (list of sentences),
        ``faces`` (list with ``id``, ``nme`` as a fraction, ``norm`` in pixels, ``keypoints``).
    """
    functional.check_protocol(protocol)
    default = functional.THRESHOLDS[protocol]
    threshold = functional.check_threshold(default if threshold is None else threshold)
    annotations = Annotations.load(ann_file)
    ids = list(annotations.faces)
    members = subset_ids(annotations, subsets)
    gt, visible = _labels(annotations)
    norm = np.array([_norm(annotations, face_id, protocol) for face_id in ids])
    pred = read_predictions(pred_file, annotations)
    nmes = functional.nme(pred, gt, norm, visible)
    return {
        'title': report.title(protocol, threshold, len(gt), gt.shape[1], str(pred_file), auc_grid),
        'protocol': protocol,
        'threshold': threshold,
        'scores': report.subset_scores(ids, nmes, members, threshold, auc_grid),
        'notes': report.notes(nmes, (visible > 0).sum(axis=1)),
        'faces': [
            {'id': ids[i], 'nme': nmes[i], 'norm': norm[i], 'keypoints': pred[i]}
            for i in range(len(ids))
        ],
    }


def _labels(annotations: Annotations) -> tuple[np.ndarray, np.ndarray]:
    labels = [annotations.landmarks(face_id) for face_id in annotations.faces]
    counts = sorted({len(points) for points, _ in labels})
    if len(counts) != 1:
        raise ValueError(f'{annotations.path} must have one number of landmarks, got {counts}')
    return np.stack([points for points, _ in labels]), np.stack([flags for _, flags in labels])


def _norm(annotations: Annotations, face_id: int | str, protocol: str) -> float:
    points, visible = annotations.landmarks(face_id)
    box = annotations.box(face_id)[None] if protocol in ('box', 'diagonal') else None
    try:
        return functional.normalizer(points[None], protocol, box, visible[None])[0]
    except ValueError as error:
        name = annotations.file_names[face_id]
        raise ValueError(f'{annotations.path}: face id {face_id} ({name}): {error}') from error


def _face_id(
    face: dict[str, Any], position: int, annotations: Annotations, path: str | Path
) -> int | str:
    if 'id' in face:
        if face['id'] not in annotations.faces:
            raise ValueError(f'{path}: face id {face["id"]!r} is not in {annotations.path}')
        return face['id']
    if 'file_name' not in face:
        raise ValueError(f"{path}: face at position {position} has neither 'id' nor 'file_name'")
    ids = [i for i, name in annotations.file_names.items() if name == face['file_name']]
    if len(ids) != 1:
        raise ValueError(
            f'{path}: image {face["file_name"]!r} has {len(ids)} faces in {annotations.path}; '
            "'file_name' needs exactly one, use 'id'"
        )
    return ids[0]


def _keypoints(
    face: dict[str, Any], num_landmarks: int, path: str | Path, face_id: int | str
) -> np.ndarray:
    if 'keypoints' not in face:
        raise ValueError(f"{path}: face {face_id} has no 'keypoints'")
    if face['keypoints'] is None:
        return np.full((num_landmarks, 2), np.nan)
    try:
        points = np.array(face['keypoints'], np.float64)  # null becomes NaN
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.shape != (num_landmarks, 2):
        raise ValueError(
            f'{path}: face {face_id} must have {num_landmarks} landmarks as [x, y] pairs, got '
            f'{len(face["keypoints"])} entries of shape {points.shape[1:] or "unknown"}'
        )
    return points


def _named(face_ids: Sequence[int | str], annotations: Annotations, most: int = 5) -> str:
    names = ', '.join(f'{i} ({annotations.file_names[i]})' for i in face_ids[:most])
    more = f' and {len(face_ids) - most} more' if len(face_ids) > most else ''
    return f'{len(face_ids)} face{"s" if len(face_ids) > 1 else ""}: {names}{more}'
