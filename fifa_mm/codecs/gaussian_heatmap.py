"""Truncated Gaussian heatmaps with three decoders."""

import numpy as np
from mmpose.registry import KEYPOINT_CODECS
from torch import Tensor

from fifa_mm.checks import choice, flag, integer, number, size
from fifa_mm.codecs.decoding import argmax, centroid, local_centroid, local_soft_argmax
from fifa_mm.codecs.map_codec import MapCodec

DECODERS = ('centroid', 'local', 'argmax')
PEAKS = ('unit', 'density')


@KEYPOINT_CODECS.register_module()
class GaussianHeatmap(MapCodec):
    """Landmarks as Gaussians cut off at a radius (paper Eq. 1-2), decoded by centroid or maximum.

    Pixels: landmarks are in pixels of the network's input, whole numbers at pixel centres, as
    MMPose's transforms have them. With s = input size / heatmap size, input pixel p lies at
    (p + 0.5) / s - 0.5 on the heatmap: pixel areas correspond. (``MSRAHeatmap`` has p / s,
    ``UDPHeatmap`` p (W - 1) / w.) A flipped image has exactly the flipped heatmap, so that flip
    test needs ``shift_heatmap=False``.

    Deviations from the paper, all by option: it rounds the centre (Eq. 2), has the Gaussian's
    density as peak, 1 / (2 pi sigma^2) (Eq. 1), and decodes the maximum. The defaults are those of
    FaRL (https://github.com/FacePerceiver/FaRL), whose recipe it follows.

    Encoded:

        - heatmaps: (K, H, W) float32; all 0 where a landmark is not labelled
        - keypoint_labels: (N, K, 2) float32, (p + 0.5) / input size, in [0, 1] inside the image; 0
          where a landmark is not labelled
        - keypoint_weights: (N, K) float32, the visibility; 0 where the Gaussian lies wholly outside
          the map, as with ``MSRAHeatmap``

    Args:
        input_size: Width and height of the network's input.
        heatmap_size: Width and height of the heatmaps.
        sigma: Standard deviation in heatmap pixels (paper: 1.5).
        radius: Distance in heatmap pixels beyond which the map is 0 (paper: 5).
        peak: ``'unit'``: the Gaussian's maximum is 1; ``'density'``: 1 / (2 pi sigma^2).
        subpixel: Keep the fraction of the centre; ``False`` rounds it to a pixel.
        decoder: ``'centroid'``, ``'local'`` (centroid of a window around the maximum) or
            ``'argmax'``.
        window: Side of the window of ``'local'`` in heatmap pixels, odd. By default
            2 radius + 1.
        temperature: Weigh the window's pixels by exp(temperature * value) instead
            of their value: the local soft-argmax of SH-FAN, with which the maps may be negative.

    Raises:
        ValueError: an argument outside its range; while encoding, more than one instance or a
            labelled landmark that is not finite.
    """

    label_mapping_table = {k: k for k in ('keypoint_labels', 'keypoint_weights')}
    field_mapping_table = {'heatmaps': 'heatmaps'}

    def __init__(
        self,
        input_size: tuple[int, int],
        heatmap_size: tuple[int, int],
        sigma: float = 1.5,
        radius: float = 5,
        peak: str | float = 'unit',
        subpixel: bool = True,
        decoder: str = 'centroid',
        window: int | None = None,
        temperature: float | None = None,
    ) -> None:
        super().__init__()
        self.input_size = size('input_size', input_size)
        self.heatmap_size = size('heatmap_size', heatmap_size)
        self.sigma = number('sigma', sigma, above=0)
        self.radius = number('radius', radius, above=0)
        choice('peak', peak, PEAKS)
        self.peak = 1 / (2 * np.pi * sigma**2) if peak == 'density' else 1.0
        self.subpixel = flag('subpixel', subpixel)
        self.decoder = choice('decoder', decoder, DECODERS)
        self.window = 2 * int(radius) + 1 if window is None else integer('window', window, 1)
        if self.window % 2 == 0:
            raise ValueError(f'window must be odd, got {window!r}')
        self.temperature = number('temperature', temperature, above=0, optional=True)
        if temperature is not None and decoder != 'local':
            raise ValueError(f"temperature needs decoder='local', got decoder={decoder!r}")
        self.stride = np.array(input_size) / np.array(heatmap_size)

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
        keypoints_visible = self.visibility(keypoints, keypoints_visible)
        labelled = keypoints_visible > 0
        labels = np.where(labelled[..., None], (keypoints + 0.5) / self.input_size, 0)
        centers = labels[0] * self.heatmap_size - 0.5
        if not self.subpixel:
            centers = np.floor(centers + 0.5)
        heatmaps = gaussians(centers, self.heatmap_size, self.sigma, self.radius)
        heatmaps[~labelled[0]] = 0
        on_map = heatmaps.any((-2, -1))
        return {
            'heatmaps': heatmaps * np.float32(self.peak),
            'keypoint_labels': labels.astype(np.float32),
            'keypoint_weights': (keypoints_visible * on_map).astype(np.float32),
        }

    def batch_decode(self, batch_encoded: Tensor) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Like :meth:`decode`, for a tensor (B, K, H, W). Returns two lists of B arrays.

        The scores are the maps' maxima as a share of the Gaussian's peak.
        """
        labels = self.labels(batch_encoded).cpu().double().numpy()
        keypoints = labels * self.input_size - 0.5
        scores = (batch_encoded.amax((-2, -1)) / self.peak).clamp(max=1).cpu().numpy()
        return list(keypoints.astype(np.float32)[:, None]), list(scores[:, None])

    def labels(self, heatmaps: Tensor) -> Tensor:
        """Coordinates of the decoder as ``keypoint_labels`` has them, in [0, 1].

        Args:
            heatmaps: (..., H, W), at least 0.

        Returns:
            (..., 2), differentiable unless the decoder is ``'argmax'``.
        """
        if self.decoder == 'centroid':
            points = centroid(heatmaps)
        elif self.temperature is not None:
            points = local_soft_argmax(heatmaps, self.window, self.temperature)
        elif self.decoder == 'local':
            points = local_centroid(heatmaps, self.window)
        else:
            points = argmax(heatmaps)
        return (points + 0.5) / points.new_tensor(self.heatmap_size)


def gaussians(
    centers: np.ndarray, size: tuple[int, int], sigma: float, radius: float
) -> np.ndarray:
    """Gaussians of peak 1, 0 beyond ``radius`` from the centre.

    Args:
        centers: (K, 2) in heatmap pixels.
        size: Width and height of the maps.
        sigma: Standard deviation in pixels.
        radius: Cut-off in pixels.

    Returns:
        (K, H, W) float32.
    """
    x, y = np.arange(size[0]), np.arange(size[1])
    dx2 = (x - centers[:, :1]) ** 2  # (K, W)
    dy2 = (y - centers[:, 1:]) ** 2  # (K, H)
    near = dy2[:, :, None] <= (radius**2 - dx2)[:, None, :]
    gx, gy = (np.exp(-d / (2 * sigma**2)).astype(np.float32) for d in (dx2, dy2))
    return gy[:, :, None] * gx[:, None, :] * near
