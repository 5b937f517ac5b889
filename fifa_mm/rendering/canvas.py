"""Soft, anti-aliased painting, and tiles of noise. Colours are BGR in 0..255."""

from functools import cache
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import ArrayLike

TILE = 1024


@cache
def noise(kind: str) -> np.ndarray:
    """A (TILE, TILE) float32 tile of unit variance: 'grain', 'clouds' or vertical 'hair'."""
    tile = np.random.default_rng(0).standard_normal((TILE, TILE), dtype=np.float32)
    if kind == 'clouds':
        tile = cv2.GaussianBlur(tile, (0, 0), 9)
    elif kind == 'hair':
        tile = cv2.GaussianBlur(tile, (0, 0), sigmaX=0.8, sigmaY=12)
    return tile / tile.std()


def noise_crop(rng: np.random.Generator, kind: str, height: int, width: int) -> np.ndarray:
    """A random part of a noise tile, (height, width)."""
    row, column = rng.integers(TILE - height + 1), rng.integers(TILE - width + 1)
    return noise(kind)[row : row + height, column : column + width]


def ellipse(x: float, y: float, rx: float, ry: float, count: int = 24) -> np.ndarray:
    """(count, 2) points of an ellipse."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], -1)


class Canvas:
    """A picture with a coordinate system.

    Args:
        image: (H, W, 3) float32, painted in place.
        origin: Coordinates of pixel (0, 0).
        scale: Pixels a unit.
    """

    def __init__(self, image: np.ndarray, origin: ArrayLike = (0, 0), scale: float = 1.0) -> None:
        self.image, self.origin, self.scale = image, np.asarray(origin, float), scale

    def paint(
        self,
        points: ArrayLike,
        colour: ArrayLike,
        opacity: float = 1.0,
        soft: float = 0.0,
        width: float | None = None,
        pattern: np.ndarray | None = None,
        within: ArrayLike | None = None,
    ) -> None:
        """Fill a polygon, or draw an open line of ``width``. Lengths are in the canvas's units.

        Args:
            points: (N, 2) coordinates.
            colour: (3,) BGR.
            opacity: 0 to 1.
            soft: Standard deviation of the blur of the edge.
            width: Width of the line.
            pattern: (H, W) factor on the colour.
            within: Polygon that clips the shape.
        """
        if opacity <= 0:
            return
        vertices, sigma = self._vertices(points), soft * self.scale
        pad = 2.5 * sigma + 2 + (width or 0) * self.scale
        x, y, w, h = cv2.boundingRect(vertices)
        part = self._part(x / 16 - pad, y / 16 - pad, (x + w) / 16 + pad, (y + h) / 16 + pad)
        if part is None:
            return
        mask = self._mask(part, vertices, width)
        if sigma > 0.5:
            mask = cv2.GaussianBlur(mask, (0, 0), sigma)
        if within is not None:
            clip = self._mask(part, self._vertices(within), None)
            mask = cv2.multiply(mask, clip, scale=1 / 255)
        alpha = mask[..., None] * np.float32(opacity / 255)
        paint = np.asarray(colour, np.float32)
        if pattern is not None:
            paint = paint * pattern[part][..., None]
        target = self.image[part]
        target += alpha * (paint - target)

    def glow(
        self, x: float, y: float, rx: float, ry: float, colour: ArrayLike, opacity: float
    ) -> None:
        """A Gaussian spot of radii ``rx`` and ``ry`` (where it falls to 1/e)."""
        (x0, y0), scale = self.origin, self.scale
        column, row, rx, ry = (x - x0) * scale, (y - y0) * scale, rx * scale, ry * scale
        part = self._part(column - 2 * rx, row - 2 * ry, column + 2 * rx, row + 2 * ry)
        if part is None or opacity <= 0:
            return
        rows, columns = (np.arange(s.start, s.stop, dtype=np.float32) for s in part)
        across = np.exp(-(((columns - np.float32(column)) / np.float32(rx)) ** 2))
        down = np.float32(opacity) * np.exp(-(((rows - np.float32(row)) / np.float32(ry)) ** 2))
        target = self.image[part]
        target += (down[:, None] * across)[..., None] * (np.asarray(colour, np.float32) - target)

    def _vertices(self, points: ArrayLike) -> np.ndarray:
        """(N, 2) int32, in sixteenths of a pixel."""
        return np.round((np.asarray(points, float) - self.origin) * (16 * self.scale)).astype(
            np.int32
        )

    def _part(
        self, left: float, top: float, right: float, bottom: float
    ) -> tuple[slice, ...] | None:
        """The box as slices of the image, or None where it lies outside."""
        height, width = self.image.shape[:2]
        left, right = max(floor(left), 0), min(ceil(right) + 1, width)
        top, bottom = max(floor(top), 0), min(ceil(bottom) + 1, height)
        return None if left >= right or top >= bottom else np.s_[top:bottom, left:right]

    def _mask(
        self, part: tuple[slice, ...], vertices: np.ndarray, width: float | None
    ) -> np.ndarray:
        rows, columns = part
        mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
        vertices = vertices - np.int32([16 * columns.start, 16 * rows.start])
        if width is None:
            cv2.fillPoly(mask, [vertices], 255, cv2.LINE_AA, 4)
        else:
            thickness = max(1, round(width * self.scale))
            cv2.polylines(mask, [vertices], False, 255, thickness, cv2.LINE_AA, 4)
        return mask
