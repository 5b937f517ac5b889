"""A parametric 3-D face: identity, expression, pose and surface.

Head frame: x to the right of the picture, y down, z towards the viewer; the origin lies between
the eyes, in the plane of the ears, and the unit is the distance of the outer eye corners. The
surface is an egg pushed forward by a relief (nose, lips, eye sockets, chin)::

    (x / w(y))^2 + ((y - y0) / b)^2 + ((z - relief(x, y)) / c)^2 = 1

so its outline from the front is the jaw line, and every point of the face is named by its frontal
coordinates (x, y). Projection is orthographic, angles are in radians. Left and right are those of
the picture, and pairs are (left, right). N: number of points.
"""

from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import cv2
import numpy as np

HEAD_DEPTH = 0.85  # c
EAR_HEIGHT = 0.2  # y0
CRANIUM = 1.28  # b above the ears
PIVOT = np.array([0, 0.45, 0.5])


@dataclass(frozen=True)
class Face:
    """One face. Lengths are in head units where nothing else is said."""

    width: float = 0.8
    taper: float = 0.0  # a wide forehead over a narrow jaw
    jaw: float = 1.12  # from the ears' height down to the chin
    chin: float = 0.0  # how far it juts out
    eye_spacing: float = 0.357  # half the distance of the eyes' middles
    eye_height: float = 0.085
    eye_tilt: float = 0.0
    brow_gap: float = 0.0
    brow_arch: float = 0.07
    brow_weight: float = 0.07
    brow_outer: float = 0.0  # how far its outer and its inner end lie further out
    brow_inner: float = 0.0
    nose_length: float = 0.42
    nose_width: float = 0.165
    nose_height: float = 0.235
    mouth_gap: float = 0.34  # from the tip of the nose to the line of the mouth
    mouth_width: float = 0.31
    upper_lip: float = 0.07
    lower_lip: float = 0.1
    mouth_open: float = 0.0
    smile: float = 0.0  # -1 to 1
    mouth_shift: float = 0.0
    brow_raise: tuple = (0.0, 0.0)
    brow_frown: float = 0.0  # 0 to 1
    eye_open: tuple = (1.0, 1.0)  # 0 is closed
    gaze: tuple = (0.0, 0.0)  # x, y
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    scale: float = 60.0  # pixels a unit
    centre: tuple = (79.5, 79.5)  # pixel of PIVOT

    def mirror(self, width: int) -> Self:
        """The face as a mirror shows it, in an image ``width`` pixels wide."""
        return replace(
            self,
            mouth_shift=-self.mouth_shift,
            brow_raise=self.brow_raise[::-1],
            eye_open=self.eye_open[::-1],
            gaze=(-self.gaze[0], self.gaze[1]),
            yaw=-self.yaw,
            roll=-self.roll,
            centre=(width - 1 - self.centre[0], self.centre[1]),
        )

    @property
    def mouth_y(self) -> float:
        """Height of the closed mouth's line."""
        return self.nose_length + self.mouth_gap

    @property
    def reach(self) -> float:
        """b below the ears: an open mouth pulls the chin down."""
        return self.jaw + 0.6 * self.mouth_open

    @cached_property
    def rotation(self) -> np.ndarray:
        """(3, 3) head frame to camera frame: yaw, then pitch, then roll."""
        sines, cosines = np.sin, np.cos
        sy, sp, sr = sines([self.yaw, self.pitch, self.roll])
        cy, cp, cr = cosines([self.yaw, self.pitch, self.roll])
        yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        pitch = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
        roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return roll @ pitch @ yaw

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) head frame to (N, 2) pixels."""
        return np.asarray(self.centre) + self.scale * ((points - PIVOT) @ self.rotation[:2].T)


def sample_face(rng: np.random.Generator) -> Face:
    """Draw identity, expression and pose; ``scale`` and ``centre`` are left to the caller.

    Args:
        rng: Source of every draw.

    Returns:
        Face
    """

    def normal(mean: float, std: float) -> float:
        return float(mean + std * np.clip(rng.normal(), -2.2, 2.2))

    def sometimes(probability: float, low: float, high: float) -> float:
        return float(rng.uniform(low, high) * (rng.random() < probability))

    raised = sometimes(0.45, -0.05, 0.1)
    closed = sometimes(0.12, 0.3, 1.0)
    wink = sometimes(0.06, 0.6, 1.0)
    winking = int(rng.integers(2))
    smile = sometimes(0.7, -0.3, 1.2)
    narrowed = 0.3 * max(smile, 0) * rng.random() - max(raised, 0)  # cheeks rise with a smile
    lids = [normal(1.06, 0.1) - narrowed - closed - wink * (winking == i) for i in (0, 1)]
    teeth = sometimes(0.7, 0.02, 0.08) * (smile > 0.3)
    length = normal(1, 0.06)  # of nose, mouth and jaw together: children's faces are short
    return Face(
        width=normal(0.8, 0.052),
        taper=normal(0.02, 0.09),
        jaw=length * normal(1.06, 0.08),
        chin=normal(0, 0.05),
        eye_spacing=normal(0.357, 0.015),
        eye_height=normal(0.085, 0.014),
        eye_tilt=normal(0, 0.015),
        brow_gap=normal(-0.012, 0.03),
        brow_arch=normal(0.07, 0.025),
        brow_weight=normal(0.07, 0.018),
        brow_outer=normal(0, 0.03),
        brow_inner=normal(0, 0.035),
        nose_length=length * normal(0.413, 0.032),
        nose_width=normal(0.163, 0.022),
        nose_height=normal(0.235, 0.045),
        mouth_gap=length * normal(0.338, 0.025),
        mouth_width=normal(0.308, 0.036),
        upper_lip=normal(0.082, 0.025),
        lower_lip=normal(0.102, 0.027),
        mouth_open=max(teeth, 0.3 * sometimes(0.5, 0.15, 1.0) ** 2.2),
        smile=smile,
        mouth_shift=normal(0, 0.02),
        brow_raise=(raised + normal(0, 0.012), raised + normal(0, 0.012)),
        brow_frown=sometimes(0.3, 0.0, 1.0),
        eye_open=tuple(float(np.clip(lid, 0, 1.3)) for lid in lids),
        gaze=(normal(0, 0.025), normal(0, 0.008)),
        yaw=np.deg2rad(normal(0, 18)),
        pitch=np.deg2rad(normal(0, 11)),
        roll=np.deg2rad(normal(0, 11)),
    )


class Surface:
    """The surface of a face: a relief map over the frontal plane, and the egg under it.

    Attributes:
        relief: (H, W) float32, ``SCALE`` pixels a unit from the corner ``ORIGIN``.
        shape: (H, W, 3) float32, the relief and its derivatives along x and y.
    """

    ORIGIN, SCALE, SHAPE = (-1.0, -1.3), 40, (124, 81)

    def __init__(self, face: Face) -> None:
        self.face = face
        x = np.arange(self.SHAPE[1]) / self.SCALE + self.ORIGIN[0]
        y = np.arange(self.SHAPE[0]) / self.SCALE + self.ORIGIN[1]
        self.relief = relief(face, x[None], y[:, None]).astype(np.float32)
        slopes = [
            cv2.Sobel(
                self.relief, -1, *order, scale=self.SCALE / 8, borderType=cv2.BORDER_REPLICATE
            )
            for order in ((1, 0), (0, 1))
        ]
        self.shape = np.dstack([self.relief, *slopes])

    def placed(self, scale: float, centre: tuple[float, float]) -> Self:
        """The same surface at another size and place in the image."""
        other = copy(self)
        other.face = replace(self.face, scale=float(scale), centre=tuple(map(float, centre)))
        return other

    def look_up(self, table: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Read a map over the frontal plane at 2-D arrays of coordinates."""
        column = ((x - self.ORIGIN[0]) * self.SCALE).astype(np.float32)
        row = ((y - self.ORIGIN[1]) * self.SCALE).astype(np.float32)
        return cv2.remap(table, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def half_axes(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """w(y), its derivative, and b(y)."""
        face = self.face
        v = np.clip((y - EAR_HEIGHT) / face.reach, -1.2, 1.2)
        width = face.width * (1 - face.taper * v)
        return (
            width,
            -face.width * face.taper / face.reach,
            np.where(v > 0, face.reach, CRANIUM).astype(v.dtype),
        )

    def level(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Left side of the equation: below 1 inside the head."""
        width, _, height = self.half_axes(y)
        depth = (z - self.look_up(self.relief, x, y)) / HEAD_DEPTH
        return (x / width) ** 2 + ((y - EAR_HEIGHT) / height) ** 2 + depth**2

    def normal(
        self, x: np.ndarray, y: np.ndarray, z: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Gradient of :meth:`level`, which points out of the head (not normalised); 2-D arrays."""
        width, widening, height = self.half_axes(y)
        relief, along_x, along_y = cv2.split(self.look_up(self.shape, x, y))
        depth = (z - relief) / HEAD_DEPTH**2
        return (
            x / width**2 - along_x * depth,
            (y - EAR_HEIGHT) / height**2 - (x / width) ** 2 * widening / width - along_y * depth,
            depth,
        )

    def lift(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) frontal coordinates to (N, 3) points on the front of the surface."""
        x, y = np.asarray(points, float).T
        width, _, height = self.half_axes(y)
        inside = 1 - (x / width) ** 2 - ((y - EAR_HEIGHT) / height) ** 2
        z = HEAD_DEPTH * np.sqrt(np.maximum(inside, 0))
        return np.stack([x, y, z + self.look_up(self.relief, x[None], y[None])[0]], 1)

    def outline(
        self, theta: np.ndarray, eta: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points of the surface by two angles.

        ``theta`` runs along the outline seen from the front (0 is the chin, pi/2 an ear), ``eta``
        from the outline (0) forward to the middle of the face (pi/2).

        Returns:
            x, y and z, arrays of the shape of the broadcast angles.
        """
        theta, eta = np.broadcast_arrays(theta, eta)
        v = np.cos(eta) * np.cos(theta)
        y = EAR_HEIGHT + v * np.where(v > 0, self.face.reach, CRANIUM)
        x = self.half_axes(y)[0] * np.cos(eta) * np.sin(theta)
        return x, y, HEAD_DEPTH * np.sin(eta) + self.look_up(self.relief, x, y)


def relief(face: Face, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Forward shift of the surface at the columns ``x`` (1, W) and rows ``y`` (H, 1): (H, W).

    With it the landmarks lie at the depths that a rigid factorisation of the labels of 300-W's
    training faces gives them.
    """

    def bump(amount: float, x0: float, y0: float, sx: float, sy: float) -> np.ndarray:
        return amount * np.exp(-(((y - y0) / sy) ** 2)) * np.exp(-(((x - x0) / sx) ** 2))

    def pair(amount: float, x0: float, y0: float, sx: float, sy: float) -> np.ndarray:
        across = np.exp(-(((x - x0) / sx) ** 2)) + np.exp(-(((x + x0) / sx) ** 2))
        return amount * np.exp(-(((y - y0) / sy) ** 2)) * across

    eyes, tip, mouth, gape = face.eye_spacing, face.nose_length, face.mouth_y, face.mouth_open
    chin = EAR_HEIGHT + face.reach
    down = np.clip((y - 0.1) / (chin - 0.1), 0, 1.04)
    up = np.clip((-y - 0.3) / 0.8, 0, 1)
    bridge = np.clip((y + 0.15) / (tip + 0.15), 0, 1)
    base = np.clip((y - tip) / 0.16, 0, 1)
    ridge = face.nose_height * (0.25 * bridge + 0.75 * bridge**2) * (1 - base**2 * (3 - 2 * base))
    breadth = (0.085 + 0.05 * bridge**2) * face.nose_width / 0.165
    return (
        (0.58 + face.chin) * down**6
        - 0.1 * up**2
        + ridge * np.exp(-((x / breadth) ** 2))
        + pair(0.1, 0.68 * face.nose_width, tip + 0.03, 0.06, 0.065)
        + pair(-0.2, eyes, 0.01, 0.18, 0.12)
        + pair(-0.036, 0.23, 0.02, 0.13, 0.11)
        + pair(0.08, 0.62, -0.08, 0.25, 0.28)
        + pair(-0.25, 0.9, 0.4, 0.2, 0.45)
        + pair(0.05, eyes, 0, 0.1, 0.07)
        + pair(0.09, 0.33, -0.2 - face.brow_gap, 0.24, 0.07)
        + pair(0.05 + 0.03 * max(face.smile, 0), 0.45, 0.36, 0.2, 0.2)
        + pair(-0.03, 0.42, 0.75, 0.16, 0.2)
        + bump(0.036, 0, mouth + 0.03, 0.3, 0.2)
        + pair(-0.1, face.mouth_width, mouth, 0.14, 0.16)
        + bump(0.045, 0, mouth - 0.045, 0.75 * face.mouth_width, 0.045)
        + bump(0.055, 0, mouth + 0.06 + gape, 0.65 * face.mouth_width, 0.05)
        - bump(0.04 + 0.2 * gape, 0, mouth + gape / 2, 0.9 * face.mouth_width, 0.02 + gape / 2)
        - bump(0.045, 0, mouth + 0.2 + gape, 0.22, 0.06)
        + bump(0.07, 0, chin - 0.18, 0.2, 0.12)
    )
