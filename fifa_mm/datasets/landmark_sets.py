"""Which landmarks are read off a rendered face: common definitions, or a user's own points."""

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
from mmpose.datasets.datasets.face import AFLWDataset, COFWDataset, Face300WDataset, WFLWDataset
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from fifa_mm.checks import choice
from fifa_mm.rendering.landmarks import defined
from fifa_mm.rendering.model import Surface
from fifa_mm.rendering.points import read_points

HOSTS = {68: Face300WDataset, 98: WFLWDataset, 29: COFWDataset, 19: AFLWDataset}


class LandmarkSets:
    """One set of landmarks, or several one after the other.

    Args:
        num_landmarks: 68 (300-W), 98 (WFLW), 29 (COFW) or 19 (AFLW), or several of them.
        points: File of own points, see :mod:`fifa_mm.rendering.points`, in their place.

    Attributes:
        name: Of the set, ``'68'``, ``'68_98'`` or that of the points.
        count: Number of landmarks.
        is_own: Whether they are a user's own points.
        metainfo: For MMPose's datasets.

    Raises:
        ValueError: another number, or a file that is no file of points.
        FileNotFoundError: there is no such file.
    """

    def __init__(
        self, num_landmarks: int | Sequence[int] = 68, points: str | PathLike | None = None
    ) -> None:
        several = isinstance(num_landmarks, list | tuple) and num_landmarks
        self._counts: list[Any] = list(num_landmarks) if several else [num_landmarks]  # type: ignore[arg-type]
        for count in self._counts:
            choice('num_landmarks', count, sorted(HOSTS))
        self._points = None if points is None else read_points(points)
        self.is_own = points is not None
        if self._points is not None:
            self.name, self.count = self._points.name, len(self._points.names)
            self.metainfo = self._points.metainfo()
        else:
            self.name, self.count = '_'.join(map(str, self._counts)), sum(self._counts)
            metas = [HOSTS[count].METAINFO for count in self._counts]
            self.metainfo = metas[0] if len(metas) == 1 else joined(metas)

    def read(self, surface: Surface, contour: np.ndarray) -> np.ndarray:
        """Those of a face with ``contour``, its ``jaw(surface, 33)``: (K, 3) in the head frame."""
        if self._points is not None:
            return self._points.lifted(surface)
        return np.concatenate([defined(surface, count, contour) for count in self._counts])


def joined(metas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The meta information of landmarks of several datasets one after the other."""
    parts = [parse_pose_metainfo(meta) for meta in metas]
    info: dict[int, dict[str, Any]] = {}
    for part in parts:
        dataset, names = part['dataset_name'], part['keypoint_id2name']
        for i, other in enumerate(part['flip_indices']):
            swap = '' if other == i else f'{dataset}_{names[other]}'
            own = {'name': f'{dataset}_{names[i]}', 'id': len(info), 'type': '', 'swap': swap}
            info[len(info)] = own | {'color': [255, 0, 0]}
    return {
        'dataset_name': '+'.join(part['dataset_name'] for part in parts),
        'keypoint_info': info,
        'skeleton_info': {},
        'joint_weights': np.concatenate([p['dataset_keypoint_weights'] for p in parts]).tolist(),
        'sigmas': np.concatenate([p['sigmas'] for p in parts]).tolist(),
    }
