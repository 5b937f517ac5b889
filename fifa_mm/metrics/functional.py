"""The mathematics of face-landmark evaluation, in NumPy.

N faces, K landmarks. Errors, thresholds and results are fractions (0.1 is 10 %). Coordinates are in
pixels of the original image. All arithmetic is done in float64, whatever the input.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import simpson

from fifa_mm.checks import choice, number
from fifa_mm.definitions import DEFINITIONS

# The error beyond which a face counts as a failure. 10 % of the inter-ocular distance is LAB's
# (WFLW's authors), 7 % of the box FaRL's for AFLW.
THRESHOLDS = {
    'inter-ocular': 0.10,
    'inter-pupil': 0.10,
    'box': 0.07,
    'diagonal': 0.07,
    'landmark-box': 0.07,
}
PROTOCOLS = tuple(THRESHOLDS)


def nme(
    pred: ArrayLike, gt: ArrayLike, norm: ArrayLike, visible: ArrayLike | None = None
) -> np.ndarray:
    """Normalised mean error of each face: mean_k |pred_k - gt_k| / norm.

    Args:
        pred: Predicted landmarks, (N, K, 2).
        gt: Labelled landmarks, (N, K, 2).
        norm: Normalising length of each face in pixels, (N,), positive.
        visible: (N, K), 0 where a landmark is not labelled; those are left out of
            the face's mean. All count by default.

    Returns:
        (N,) fractions. A face with a NaN or infinite prediction of a labelled landmark has an
        infinite error: it fails at every threshold.

    Raises:
        ValueError: Shapes that differ, a normaliser that is not positive, a label that is not
            finite, or a face without a labelled landmark.
    """
    errors = landmark_errors(pred, gt, norm, visible)
    return np.nanmean(errors, axis=1)


def landmark_errors(
    pred: ArrayLike, gt: ArrayLike, norm: ArrayLike, visible: ArrayLike | None = None
) -> np.ndarray:
    """Error of each landmark, |pred_k - gt_k| / norm, as (N, K) fractions; NaN where not labelled.

    Arguments and errors as in :func:`nme`; a NaN prediction gives infinity.
    """
    pred, gt, visible = _landmarks(pred, gt, visible)
    norm = np.asarray(norm, np.float64)
    if norm.shape != gt.shape[:1]:
        raise ValueError(
            f'norm must have shape {gt.shape[:1]}, one length a face, got {norm.shape}'
        )
    _require(norm > 0, 'norm must be positive, got {value} for face {face}', norm)
    _require(np.isfinite(norm), 'norm must be finite, got {value} for face {face}', norm)
    distance = np.linalg.norm(pred - gt, axis=-1) / norm[:, None]  # (N, K)
    distance = np.where(np.isfinite(distance), distance, np.inf)
    return np.where(visible, distance, np.nan)


def normalizer(
    gt: ArrayLike, protocol: str, bbox: ArrayLike | None = None, visible: ArrayLike | None = None
) -> np.ndarray:
    """The length, in pixels, by which a protocol divides the errors of each face.

    ========================  =====================================================================
    ``'inter-ocular'``        distance between the outer eye corners (98, 68, 29 or 19 landmarks)
    ``'inter-pupil'``         distance between the pupils, or the mean of each eye (same counts)
    ``'box'``                 sqrt(w * h) of ``bbox``
    ``'diagonal'``            sqrt(w^2 + h^2) of ``bbox``
    ``'landmark-box'``        sqrt(w * h) of the tight box around the labelled landmarks
    ========================  =====================================================================

    Args:
        gt: Labelled landmarks, (N, K, 2).
        protocol: One of ``PROTOCOLS``.
        bbox: Annotated face boxes (x1, y1, x2, y2), (N, 4); needed by ``'box'``
            and ``'diagonal'``.
        visible: (N, K), 0 where a landmark is not labelled.

    Returns:
        (N,) positive lengths.

    Raises:
        ValueError: An unknown protocol, a number of landmarks it is not defined for, a missing box,
            an unlabelled eye, or a face whose length is not positive.
    """
    check_protocol(protocol)
    gt, _, visible = _landmarks(gt, gt, visible)
    if protocol in ('box', 'diagonal'):
        length = _box_length(bbox, protocol, len(gt))
    elif protocol == 'landmark-box':
        low = np.where(visible[..., None], gt, np.inf).min(axis=1)
        high = np.where(visible[..., None], gt, -np.inf).max(axis=1)
        length = np.sqrt((high - low).prod(axis=1))
    else:
        left, right = eye_indices(gt.shape[1], protocol)
        labelled = visible[:, left + right].all(axis=1)
        _require(labelled, f'the {protocol} distance needs labelled eyes: face {{face}} lacks one')
        length = np.linalg.norm(gt[:, left].mean(axis=1) - gt[:, right].mean(axis=1), axis=-1)
    _require(
        length > 0,
        f'the {protocol} length must be positive, got {{value}} for face {{face}}',
        length,
    )
    return length


def eye_indices(num_landmarks: int, protocol: str) -> tuple[list[int], list[int]]:
    """Landmark indices whose means are the two ends of the inter-ocular or inter-pupil distance."""
    if num_landmarks not in DEFINITIONS:
        known = ', '.join(map(str, sorted(DEFINITIONS, reverse=True)))
        raise ValueError(
            f'protocol {protocol!r} is defined for {known} landmarks, got {num_landmarks}; '
            "'landmark-box' works for any number"
        )
    face = DEFINITIONS[num_landmarks]
    ends = face.pupils if protocol == 'inter-pupil' else [(i,) for i in face.eye_corners]
    return list(ends[0]), list(ends[1])


def failure_rate(nmes: ArrayLike, threshold: float) -> float:
    """Share of faces whose error is greater than ``threshold`` (NaN counts as greater)."""
    nmes, threshold = _errors(nmes), check_threshold(threshold)
    return float(np.mean(nmes > threshold))


def ced(nmes: ArrayLike, errors: ArrayLike) -> np.ndarray:
    """Cumulative error distribution: share of faces with an error of at most each of ``errors``.

    Args:
        nmes: Errors of the faces, (N,).
        errors: Where to evaluate the curve, any shape.

    Returns:
        Shares in [0, 1], of the shape of ``errors``.
    """
    nmes = np.sort(_errors(nmes))
    return np.searchsorted(nmes, np.asarray(errors, np.float64), side='right') / len(nmes)


def ced_auc(nmes: ArrayLike, threshold: float, grid: str | None = None) -> float:
    """Area under the cumulative error distribution up to ``threshold``, divided by ``threshold``.

    Args:
        nmes: Errors of the faces, (N,).
        threshold: Upper end of the integral, a fraction.
        grid: ``None`` integrates the step function exactly: the mean over the faces
            of max(0, 1 - nme / threshold). ``'farl'`` is what FaRL's scorer computes (and the
            script shared in HRNet-Facial-Landmark-Detection, issue 6): Simpson's rule on
            ``arange(0, threshold + 1e-4, 1e-4)``. By rounding that grid ends at 0.0701 for a
            threshold of 0.07, so published figures are slightly higher than the integral.

    Returns:
        A number in [0, 1] (for ``'farl'`` up to one grid step more).
    """
    nmes, threshold = _errors(nmes), check_threshold(threshold)
    if grid is None:
        return float(np.mean(np.maximum(0.0, 1.0 - nmes / threshold)))
    if grid != 'farl':
        raise ValueError(f"grid must be None (exact integral) or 'farl', got {grid!r}")
    x = np.arange(0, threshold + 1e-4, 1e-4)
    return float(simpson(ced(nmes, x), x=x) / threshold)


def check_protocol(protocol: str) -> str:
    return choice('protocol', protocol, PROTOCOLS)


def check_threshold(threshold: float) -> float:
    return number('threshold (a fraction, 0.1 is 10 %)', threshold, above=0, below=1)


def _box_length(bbox: ArrayLike | None, protocol: str, num_faces: int) -> np.ndarray:
    if bbox is None:
        raise ValueError(f'protocol {protocol!r} needs bbox, the annotated face boxes (N, 4)')
    bbox = np.asarray(bbox, np.float64)
    if bbox.shape != (num_faces, 4):
        raise ValueError(f'bbox must have shape ({num_faces}, 4), got {bbox.shape}')
    size = bbox[:, 2:] - bbox[:, :2]
    _require(
        (size > 0).all(axis=1),
        'bbox must be x1, y1, x2, y2 with x1 < x2 and y1 < y2, got {value} for face {face}',
        bbox,
    )
    return np.sqrt(size.prod(axis=1)) if protocol == 'box' else np.hypot(*size.T)


def _landmarks(
    pred: ArrayLike, gt: ArrayLike, visible: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pred, gt = np.asarray(pred, np.float64), np.asarray(gt, np.float64)
    if gt.ndim != 3 or gt.shape[-1] != 2 or 0 in gt.shape:
        raise ValueError(f'gt must have shape (N, K, 2) with faces and landmarks, got {gt.shape}')
    if pred.shape != gt.shape:
        raise ValueError(f'pred must have the shape of gt, {gt.shape}, got {pred.shape}')
    visible = np.ones(gt.shape[:2], bool) if visible is None else np.asarray(visible) > 0
    if visible.shape != gt.shape[:2]:
        raise ValueError(f'visible must have shape {gt.shape[:2]}, got {visible.shape}')
    _require(visible.any(axis=1), 'face {face} has no labelled landmark')
    finite = np.isfinite(gt).all(axis=-1) | ~visible
    _require(finite.all(axis=1), 'gt must be finite: face {face} has a NaN or infinite landmark')
    return pred, gt, visible


def _errors(nmes: ArrayLike) -> np.ndarray:
    nmes = np.asarray(nmes, np.float64)
    if nmes.ndim != 1 or not len(nmes):
        raise ValueError(
            f'nmes must be a non-empty list of errors, one a face, got shape {nmes.shape}'
        )
    return np.where(np.isnan(nmes), np.inf, nmes)


def _require(ok: Any, message: str, values: np.ndarray | None = None) -> None:
    """Raise ``message`` for the first face that is not ``ok``, saying how many there are."""
    bad = np.flatnonzero(~ok)
    if len(bad):
        value = None if values is None else values[bad[0]]
        more = f' (and {len(bad) - 1} more of {len(ok)} faces)' if len(bad) > 1 else ''
        raise ValueError(message.format(face=bad[0], value=value) + more)
