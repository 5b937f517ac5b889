"""The crop of systems that cut faces out by their landmarks."""

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LandmarkBox(BaseTransform):
    """Puts the square around the landmarks in the place of the face's box.

    SLPT crops so in training and testing, whatever box a dataset has
    (https://github.com/Jiahao-UTS/SLPT-master). ``GetBBoxCenterScale``, which comes after, adds the
    margin. A result without landmarks, as in inference, keeps its box, which should then be one
    around the face's landmarks.

    Required Keys:

        - keypoints (optional): (1, K, 2) pixels
        - keypoints_visible (optional): (1, K), above 0 where labelled

    Modified Keys (added where absent); ``bbox``, by which metrics may normalise, stays:

        - bbox_center: (1, 2) pixels, the middle of the tight box of the labelled landmarks
        - bbox_scale: (1, 2) pixels, the longer side of that box, twice

    Raises:
        ValueError: the labelled landmarks are not finite or have no extent.
    """

    def transform(self, results: dict) -> dict:
        """Replace the box to crop by."""
        if results.get('keypoints') is None:
            return results
        points = np.asarray(results['keypoints'], np.float32)[0]
        visible = results.get('keypoints_visible')
        if visible is not None:
            visible = np.reshape(visible, (len(points), -1))[:, 0]  # MMPose may keep the weight too
            points = points[visible > 0]
        center, side = square(points)
        results['bbox_center'] = center[None]
        results['bbox_scale'] = np.full((1, 2), side, np.float32)
        return results

    def __repr__(self) -> str:
        return 'LandmarkBox()'


def square(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Middle (2,) and longer side of the tight box of points (P, 2).

    Raises:
        ValueError: points that are not finite or have no extent.
    """
    if not np.isfinite(points).all():
        raise ValueError('keypoints must be finite where labelled, got NaN or infinity')
    if not len(points) or not np.ptp(points, axis=0).any():
        raise ValueError(
            f'keypoints must hold two labelled landmarks in different places, got {points.tolist()}'
        )
    low, high = points.min(0), points.max(0)
    return (low + high) / 2, float((high - low).max())
