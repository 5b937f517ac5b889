"""Targets of ADNet: a point map for every landmark and an edge map for every facial edge.

K landmarks, E edges, h x w heatmaps. Points are x, y.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from mmpose.registry import KEYPOINT_CODECS
from scipy.interpolate import CubicSpline
from torch import Tensor

from fifa_mm.checks import integer, number, size
from fifa_mm.codecs.decoding import centroid
from fifa_mm.codecs.map_codec import MapCodec
from fifa_mm.definitions import Edge, facial_edges


@KEYPOINT_CODECS.register_module()
class EdgeHeatmap(MapCodec):
    """Point maps, edge maps, coordinates and normals; decoded by the centroid.

    Source: ADNet (Huang et al., ICCV 2021; numbers from https://github.com/huangyangyu/ADNet). A
    point map is a Gaussian of peak 1 drawn at the size of the input, an edge map an antialiased
    line of 1 pixel along a cubic spline through the edge's landmarks; both are reduced bilinearly
    to the heatmaps' size.

    Coordinates of labels are -1 and 1 at the centres of the outer pixels of the heatmap, as the
    grid of the centroid has them. Pixel areas of input and heatmap correspond
    (:class:`fifa_mm.GaussianHeatmap`), so that flip test needs ``shift_heatmap=False``.

    As in ADNet's code, a landmark outside the input is moved to the nearest border pixel and keeps
    its weight, and of several edges through a landmark the last gives its normal. ADNet does not
    say how a spline is parametrised: here by chord length.

    Encoded:

        - heatmaps: (K, h, w) float32 in [0, 1]; all 0 where a landmark is not labelled
        - edge_heatmaps: (E, h, w) float32 in [0, 1]; all 0 where a landmark of the edge is not
          labelled
        - keypoint_labels: (1, K, 2) float32; 0 where a landmark is not labelled
        - keypoint_normals: (1, K, 2) float32, the unit normal of the edge in the labels' units; 0
          where there is none, see :func:`landmark_normals`
        - keypoint_weights: (1, K) float32, the visibility
        - edge_weights: (1, E) float32, 1, or 0 where a landmark of the edge is not labelled

    Args:
        input_size: Width and height of the network's input.
        heatmap_size: Width and height of the heatmaps.
        num_landmarks: K.
        edges: Of each edge the landmarks' numbers and whether it is
            closed. By default those of 19, 29, 68 or 98 landmarks (AFLW, COFW, 300W, WFLW).
        sigma: Standard deviation of the points in pixels of the input.

    Raises:
        ValueError: an argument outside its range; while encoding, other than one instance of K
            landmarks or a labelled landmark that is not finite.
    """

    label_mapping_table = {
        k: k for k in ('keypoint_labels', 'keypoint_normals', 'keypoint_weights', 'edge_weights')
    }
    field_mapping_table = {k: k for k in ('heatmaps', 'edge_heatmaps')}

    def __init__(
        self,
        input_size: tuple[int, int],
        heatmap_size: tuple[int, int],
        num_landmarks: int,
        edges: Sequence | None = None,
        sigma: float = 1.5,
    ) -> None:
        super().__init__()
        self.input_size = size('input_size', input_size, 2)
        self.heatmap_size = size('heatmap_size', heatmap_size, 2)
        self.sigma = number('sigma', sigma, above=0)
        self.num_landmarks = integer('num_landmarks', num_landmarks, 1)
        self.edges = facial_edges(num_landmarks, edges)

    def encode(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Targets of one face.

        Args:
            keypoints: (1, K, 2) in input pixels.
            keypoints_visible: (1, K), above 0 where labelled. By default
                all are.

        Returns:
            see the class.
        """
        if keypoints.shape != (1, self.num_landmarks, 2):
            raise ValueError(
                f'keypoints must be one instance of {self.num_landmarks} landmarks, '
                f'(1, {self.num_landmarks}, 2), got shape {keypoints.shape}'
            )
        keypoints_visible = self.visibility(keypoints, keypoints_visible)
        labelled = keypoints_visible[0] > 0
        points = np.where(labelled[:, None], keypoints[0], 0).astype(np.float64)
        points = points.clip(0, np.array(self.input_size) - 1)
        known = [edge for edge in self.edges if labelled[list(edge.landmarks)].all()]
        drawn = [
            draw_curve(edge_curve(points[list(edge.landmarks)], edge.closed), self.input_size)
            if edge in known
            else np.zeros(self.input_size[::-1], np.uint8)
            for edge in self.edges
        ]
        labels = self._to_labels(points)
        return {
            'heatmaps': points_map(points, self.input_size, self.heatmap_size, self.sigma)
            * labelled[:, None, None].astype(np.float32),
            'edge_heatmaps': np.stack([self._reduce(image) for image in drawn]),
            'keypoint_labels': np.where(labelled[:, None], labels, 0)[None].astype(np.float32),
            'keypoint_normals': landmark_normals(labels, known)[None].astype(np.float32),
            'keypoint_weights': keypoints_visible.astype(np.float32),
            'edge_weights': np.array([[edge in known for edge in self.edges]], np.float32),
        }

    def batch_decode(
        self, batch_encoded: Tensor, batch_confidence: Tensor | None = None
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Like :meth:`decode`, for a tensor (B, K, h, w). Returns two lists of B arrays.

        The scores are the maxima of ``batch_confidence`` (B, K, h, w) where it is given.
        """
        confidence = batch_encoded if batch_confidence is None else batch_confidence
        labels = self.labels(batch_encoded).cpu().double().numpy()
        keypoints = self._to_input(labels).astype(np.float32)
        scores = confidence.amax((-2, -1)).clamp(max=1).cpu().numpy()
        return list(keypoints[:, None]), list(scores[:, None])

    def labels(self, heatmaps: Tensor) -> Tensor:
        """Centroids in the units of ``keypoint_labels``.

        Args:
            heatmaps: (..., h, w), at least 0.

        Returns:
            (..., 2), differentiable.
        """
        last = heatmaps.new_tensor(self.heatmap_size) - 1
        return 2 * centroid(heatmaps) / last - 1

    def _to_labels(self, points: np.ndarray) -> np.ndarray:
        size = np.array(self.heatmap_size)
        return 2 * ((points + 0.5) / self.input_size * size - 0.5) / (size - 1) - 1

    def _to_input(self, labels: np.ndarray) -> np.ndarray:
        size = np.array(self.heatmap_size)
        return ((labels + 1) / 2 * (size - 1) + 0.5) / size * self.input_size - 0.5

    def _reduce(self, image: np.ndarray) -> np.ndarray:
        image = image.astype(np.float32) / 255
        return cv2.resize(image, self.heatmap_size, interpolation=cv2.INTER_LINEAR)


def points_map(
    points: np.ndarray, input_size: tuple[int, int], heatmap_size: tuple[int, int], sigma: float
) -> np.ndarray:
    """Gaussians of peak 1 on the input, reduced bilinearly.

    A Gaussian and bilinear interpolation are both separable: its two factors are reduced.

    Args:
        points: (K, 2) in input pixels.
        input_size: Width and height.
        heatmap_size: Width and height (w, h).
        sigma: Standard deviation in input pixels.

    Returns:
        (K, h, w) float32.
    """
    factors = []
    for axis in (0, 1):
        distance = np.arange(input_size[axis]) - points[:, axis, None]
        factor = np.exp(-(distance**2) / (2 * sigma**2)).astype(np.float32)
        factors.append(cv2.resize(factor, (heatmap_size[axis], len(points))))
    return factors[1][:, :, None] * factors[0][:, None, :]


def edge_curve(points: np.ndarray, closed: bool) -> np.ndarray:
    """Cubic spline through points, parametrised by chord length, a step of about 1 pixel.

    Two points give a straight line, one point (repeated ones count once) itself.

    Args:
        points: (P, 2) in pixels.
        closed: Whether the curve returns to the first point, as smoothly as it passes the
            others.

    Returns:
        (S, 2) points along the curve.
    """
    path = np.concatenate([points, points[:1]]) if closed else points
    moved = np.r_[True, np.any(np.diff(path, axis=0) != 0, axis=1)]
    path = path[moved]
    if len(path) == 1:
        return path
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    smooth = closed and len(path) > 3
    spline = CubicSpline(length, path, bc_type='periodic' if smooth else 'not-a-knot')
    return spline(np.linspace(0, length[-1], int(min(length[-1], 4096)) + 2))


def draw_curve(curve: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Antialiased line of 1 pixel.

    Args:
        curve: (S, 2) in pixels.
        size: Width and height of the image.

    Returns:
        (height, width) uint8, 255 on the line.
    """
    image = np.zeros(size[::-1], np.uint8)
    fraction_bits = 4
    if len(curve) == 1:  # OpenCV draws no line of length 0
        curve = curve + [[-0.5, 0], [0.5, 0]]
    curve = np.clip(curve, -np.array(size), 2 * np.array(size))  # far outside changes nothing
    fixed = np.rint(curve * 2**fraction_bits).astype(np.int32)
    return cv2.polylines(image, [fixed], False, 255, 1, cv2.LINE_AA, fraction_bits)


def landmark_normals(points: np.ndarray, edges: Sequence[Edge]) -> np.ndarray:
    """Normals of the edges at the landmarks.

    Between two neighbours: the sum of the unit vectors to both, normalised. At the end of an open
    edge: perpendicular to the neighbour. A landmark on no edge or exactly between its neighbours
    has none, (0, 0); one on several edges has that of the last.

    Args:
        points: (K, 2).
        edges: The edges.

    Returns:
        (K, 2), of length 1 or 0.
    """
    normals = np.zeros((len(points), 2))
    for landmarks, closed in edges:
        for i, landmark in enumerate(landmarks):
            first, last = not closed and i == 0, not closed and i == len(landmarks) - 1
            back = unit(points[landmarks[i - 1]] - points[landmark])
            ahead = unit(points[landmarks[(i + 1) % len(landmarks)]] - points[landmark])
            if first or last:
                x, y = ahead if first else back
                normals[landmark] = -y, x
            else:
                normals[landmark] = unit(back + ahead)
    return normals


def unit(vector: np.ndarray) -> np.ndarray:
    """``vector`` at length 1, or 0 where it is shorter than 1e-9."""
    length = np.linalg.norm(vector)
    return vector / length if length > 1e-9 else np.zeros_like(vector)
