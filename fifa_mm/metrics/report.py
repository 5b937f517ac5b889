"""What is printed and written about an evaluation."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fifa_mm.metrics.functional import ced_auc, failure_rate


def scores(nmes: np.ndarray, threshold: float, auc_grid: str | None = None) -> dict[str, float]:
    """NME (mean over the faces), FR and AUC in percent; NaN for no face at all."""
    if not len(nmes):
        return {'NME': float('nan'), 'FR': float('nan'), 'AUC': float('nan')}
    return {
        'NME': 100 * float(np.mean(nmes)),
        'FR': 100 * failure_rate(nmes, threshold),
        'AUC': 100 * ced_auc(nmes, threshold, auc_grid),
    }


def subset_scores(
    ids: Sequence,
    nmes: ArrayLike,
    subsets: Mapping[str, Collection],
    threshold: float,
    auc_grid: str | None = None,
) -> dict[str, dict[str, Any]]:
    """Scores of all faces and of each subset.

    Args:
        ids: Face ids, N.
        nmes: Their errors, (N,).
        subsets: Ids of each subset's faces.

    Returns:
        ``{'full': {'faces': N, 'NME': ..., 'FR': ..., 'AUC': ...}, 'pose': ...}``, percent.
    """
    nmes = np.asarray(nmes)
    rows: dict[str, np.ndarray] = {'full': np.ones(len(nmes), bool)}
    for name, members in subsets.items():
        rows[name] = np.array([face_id in members for face_id in ids])
    return {
        name: dict(faces=int(mask.sum()), **scores(nmes[mask], threshold, auc_grid))
        for name, mask in rows.items()
    }


def notes(nmes: ArrayLike, num_labelled: ArrayLike) -> list[str]:
    """Sentences a reader of the numbers needs: failed predictions, and another way of averaging.

    Args:
        nmes: Errors of the faces, (N,).
        num_labelled: Number of labelled landmarks of each face, (N,).
    """
    nmes, num_labelled = np.asarray(nmes), np.asarray(num_labelled)
    lines = []
    finite = np.isfinite(nmes)
    if not finite.all():
        rest = f'{100 * nmes[finite].mean():.4f}' if finite.any() else 'none'
        lines.append(
            f'{(~finite).sum()} of {len(nmes)} faces have NaN or infinite predictions: each counts '
            f'as a failure with an infinite error (NME of the other faces: {rest}).'
        )
    elif len(set(num_labelled.tolist())) > 1:
        pooled = 100 * np.average(nmes, weights=num_labelled)
        lines.append(
            f'Faces have different numbers of labelled landmarks. NME is the mean over faces; '
            f"pooled over landmarks, as MMPose's NME, it is {pooled:.4f}."
        )
    return lines


def table(rows: Mapping[str, Mapping[str, Any]], title: str) -> str:
    """The result of :func:`subset_scores` as text."""
    width = max(len(name) for name in rows)
    lines = [title, f'{"":{width}}  {"faces":>6} {"NME %":>8} {"FR %":>7} {"AUC %":>7}']
    for name, row in rows.items():
        percent = f'{row["NME"]:8.4f} {row["FR"]:7.2f} {row["AUC"]:7.2f}'
        lines.append(f'{name:{width}}  {row["faces"]:6d} {percent}')
    return '\n'.join(lines)


def title(
    protocol: str,
    threshold: float,
    num_faces: int,
    num_landmarks: int,
    source: str = '',
    auc_grid: str | None = None,
) -> str:
    """One line with everything a number must be read with."""
    source = f'{source}: ' if source else ''
    integral = 'exact integral' if auc_grid is None else f'{auc_grid} grid'
    return (
        f'{source}{num_faces} faces, {num_landmarks} landmarks, protocol {protocol}, '
        f'FR and AUC at {100 * threshold:g} % ({integral})'
    )
