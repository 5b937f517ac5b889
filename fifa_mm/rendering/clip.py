"""A rendered video: one face that moves, turns and talks, with its landmarks in every frame."""

from dataclasses import replace

import numpy as np

from fifa_mm.rendering.landmarks import landmarks
from fifa_mm.rendering.look import sample_look
from fifa_mm.rendering.model import Surface, sample_face
from fifa_mm.rendering.render import render

NOISE = 2.0  # standard deviation of a camera's noise in grey levels, another draw in every frame


def rendered_clip(
    frames: int, size: int = 240, seed: int = 0, num_landmarks: int = 68, face: float = 0.4
) -> tuple[np.ndarray, np.ndarray]:
    """A face on an ellipse around the middle of a square picture, once around in 100 frames.

    Args:
        frames: How many.
        size: Side of the picture in pixels, at least 32.
        seed: Of the face, its look and the background.
        num_landmarks: 19, 29, 68 or 98.
        face: Width of the head over that of the picture, 0.1 to 0.7.

    Returns:
        Pictures (F, size, size, 3) uint8, BGR, and landmarks (F, K, 2) in pixels.
    """
    rng = np.random.default_rng(seed)
    start, look = sample_face(rng), sample_look(rng)
    look = replace(look, mask=False, hand=False, thing=False, blur=0)
    images, points = [], []
    for t in 2 * np.pi * np.arange(frames) / 100:
        moved = replace(
            start,
            yaw=0.35 * np.sin(t),
            pitch=0.1 * np.sin(2 * t),
            roll=0.15 * np.sin(t + 1),
            mouth_open=0.12 * (1 + np.sin(6 * t)),
            smile=0.3,
            eye_open=(1.0, 1.0),
        )
        middle = size * (0.5 + np.array([0.2 * np.cos(t), 0.12 * np.sin(t)]))
        surface = Surface(moved).placed(face * size / 2, middle)
        image = render(surface, look, size, np.random.default_rng(seed))
        image = image + rng.normal(0, NOISE, image.shape)
        images.append(np.clip(np.rint(image), 0, 255).astype(np.uint8))
        points.append(landmarks(surface, num_landmarks))
    return np.stack(images), np.stack(points)
