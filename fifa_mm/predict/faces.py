"""A predicted face."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Face:
    """Landmarks of one face, in pixels of the image; the first pixel's centre is 0, 0.

    Attributes:
        keypoints: (K, 2) float32, x and y.
        scores: (K,) float32. What they mean is the network's matter: for heatmaps the maximum, 1
            where landmarks are regressed without one.
        box: (4,) float32, x1, y1, x2, y2: the box that the crop was drawn around.
        box_score: The detector's, 1 where the box was given.
        track: Number of the face in a video, from 0; None in pictures.
    """

    keypoints: np.ndarray
    scores: np.ndarray
    box: np.ndarray
    box_score: float = 1.0
    track: int | None = None

    def to_dict(self) -> dict:
        """The face as MMPose's inferencers write it, with ``track_id`` where there is one."""
        face = {
            'keypoints': self.keypoints.tolist(),
            'keypoint_scores': self.scores.tolist(),
            'bbox': [self.box.tolist()],
            'bbox_score': float(self.box_score),
        }
        return face if self.track is None else {**face, 'track_id': self.track}
