"""Draws landmarks and their connections into pictures, with MMPose's visualizer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from mmpose.visualization import PoseLocalVisualizer

from fifa_mm.definitions import DEFINITIONS

POINT, LINE, BOX = (0, 255, 0), (255, 255, 0), (80, 160, 255)  # RGB


def skeleton(num_landmarks: int) -> list:
    """Pairs of landmarks that an edge of the face joins; none where the definition is unknown."""
    definition = DEFINITIONS.get(num_landmarks)
    links = []
    for numbers, closed in definition.edges if definition else ():
        ends = [*numbers[1:], numbers[0]] if closed else numbers[1:]
        links += [list(link) for link in zip(numbers, ends, strict=False)]
    return links


class Drawer:
    """Draws faces of one definition.

    Args:
        num_landmarks: K; 19, 29, 68 and 98 have connections.
        draw_boxes: Whether to draw the boxes too.
    """

    def __init__(self, num_landmarks: int, draw_boxes: bool = False):
        self.draw_boxes = draw_boxes
        self._visualizer = PoseLocalVisualizer(kpt_color=POINT, link_color=LINE, bbox_color=BOX)
        links = skeleton(num_landmarks)
        self._visualizer.set_dataset_meta(
            {
                'bbox_color': BOX,
                'keypoint_colors': np.array([POINT] * num_landmarks),
                'skeleton_links': links,
                'skeleton_link_colors': np.array([LINE] * len(links)),
            }
        )

    def __call__(self, image: np.ndarray, faces: Sequence[Any]) -> np.ndarray:
        """A copy of an image (H, W, 3), uint8, BGR, with :class:`fifa_mm.predict.Face` drawn."""
        drawn = np.ascontiguousarray(image[..., ::-1])
        for face in faces:
            size = max(np.ptp(face.keypoints, axis=0))
            self._visualizer.radius = max(1, round(size / 150))
            self._visualizer.line_width = max(1, round(size / 250))
            sample = PoseDataSample()
            sample.pred_instances = InstanceData(
                keypoints=face.keypoints[None], bboxes=face.box[None]
            )
            drawn = self._visualizer.add_datasample(
                'faces', drawn, sample, draw_gt=False, draw_bbox=self.draw_boxes, kpt_thr=0
            )
        return np.ascontiguousarray(drawn[..., ::-1])
