"""What the codecs of maps share."""

import numpy as np
import torch
from mmpose.codecs.base import BaseKeypointCodec


class MapCodec(BaseKeypointCodec):
    """A codec of one face whose maps are decoded in a batch, by a subclass's ``batch_decode``."""

    def visibility(self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None) -> np.ndarray:
        """Visibility (1, K) of landmarks (1, K, 2); all are visible by default.

        Raises:
            ValueError: other than one instance, or a labelled landmark that is not finite.
        """
        if keypoints.shape[0] != 1:
            raise ValueError(
                f'{type(self).__name__} encodes one instance, got keypoints of shape '
                f'{keypoints.shape}'
            )
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2])
        bad = (keypoints_visible[0] > 0) & ~np.isfinite(keypoints[0]).all(-1)
        if bad.any():
            numbers = np.flatnonzero(bad).tolist()
            raise ValueError(f'keypoints must be finite where labelled, numbers {numbers} are not')
        return keypoints_visible

    def decode(self, encoded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Landmarks (1, K, 2) of one face in input pixels and scores (1, K) of at most 1.

        Args:
            encoded: Heatmaps (K, h, w).
        """
        keypoints, scores = self.batch_decode(torch.as_tensor(encoded)[None])
        return keypoints[0], scores[0]
