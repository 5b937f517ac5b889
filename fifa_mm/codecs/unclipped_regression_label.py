"""Coordinates as targets, of landmarks outside the input too."""

import numpy as np
from mmpose.codecs import RegressionLabel
from mmpose.registry import KEYPOINT_CODECS


@KEYPOINT_CODECS.register_module()
class UnclippedRegressionLabel(RegressionLabel):
    """MMPose's ``RegressionLabel`` in which a landmark outside the input keeps its weight.

    A crop that is drawn tightly around the landmarks, then turned and shifted, loses some of them.
    A regressed coordinate may lie outside the picture, where ``RegressionLabel`` has weight 0.

    Encoded:

        - keypoint_labels: (N, K, 2) float32, shares of the input's sides; 0 where a landmark is not
          labelled
        - keypoint_weights: (N, K) float32, 1 where labelled, else 0

    Args:
        input_size: Width and height of the network's input.

    Raises:
        ValueError: while encoding, a labelled landmark that is not finite.
    """

    def encode(self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None) -> dict:
        """Targets of landmarks (N, K, 2) in input pixels, labelled where visible above 0."""
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2])
        labelled = keypoints_visible > 0
        if not np.isfinite(keypoints[labelled]).all():
            raise ValueError('keypoints must be finite where labelled, got NaN or infinity')
        labels = np.where(labelled[..., None], keypoints / np.array(self.input_size), 0)
        return {
            'keypoint_labels': labels.astype(np.float32),
            'keypoint_weights': labelled.astype(np.float32),
        }
