"""What is behind, around and before a synthetic face."""

import cv2
import numpy as np

from fifa_mm.rendering.canvas import Canvas, ellipse, noise_crop
from fifa_mm.rendering.look import Look
from fifa_mm.rendering.model import Face, Surface


def background(rng: np.random.Generator, look: Look, size: int) -> np.ndarray:
    """Clutter over a gradient, sharp or out of focus: (size, size, 3) float32."""
    tone, spread = rng.uniform(0, 255), rng.uniform(10, 90, 3)
    corners = np.clip(tone + spread * rng.uniform(-1, 1, (2, 2, 3)), 0, 255).astype(np.float32)
    image = cv2.resize(corners, (size, size), interpolation=cv2.INTER_LINEAR)
    canvas = Canvas(image)
    for _ in range(rng.integers(4, 30)):
        x, y, rx, ry = rng.uniform([0, 0, 0.03, 0.03], [1, 1, 0.35, 0.4]) * size
        colour = rng.uniform(0, 235) + 50 * rng.uniform(-1, 1, 3)
        if rng.random() < 0.2:  # of the colour of skin
            colour = rng.uniform(0.4, 1.1) * look.skin
        shape = ellipse(x, y, rx, ry, rng.integers(4, 12))
        line = rng.uniform(0.01, 0.05) * size if rng.random() < 0.3 else None
        canvas.paint(shape, np.clip(colour, 0, 255), rng.uniform(0.4, 1), width=line)
    for kind in ('grain', 'clouds', 'hair'):
        amount = rng.uniform(0, 30) * (rng.random() < 0.5)
        if amount:
            pattern = noise_crop(rng, kind, size, size)
            image += amount * (pattern.T if rng.random() < 0.5 else pattern)[..., None]
    if rng.random() < 0.35:
        image = cv2.GaussianBlur(image, (0, 0), size * rng.uniform(0.004, 0.03))
    return np.clip(image, 0, 255)


def behind_head(canvas: Canvas, face: Face, look: Look, rng: np.random.Generator) -> None:
    """Shoulders, neck and the hair behind the face."""
    size, unit = canvas.image.shape[0], face.scale
    strands = np.exp(rng.uniform(0.1, 0.45) * noise_crop(rng, 'hair', size, size))
    lit = look.ambient + 0.45 * look.light_colour
    throat = face.project(np.array([[0, 1.3, -0.2]]))[0]
    chest = throat + [0, rng.uniform(0.1, 0.4) * unit]

    volume = [0.8, 1.28, 1.0] if look.bald else [0.9, 1.02, 1.05]
    shape = (face.rotation * volume)[:2]
    halo = ellipse(0, 0, 1, 1, 40) @ np.linalg.cholesky(shape @ shape.T).T
    crown = face.project(np.array([[0, 0.2 if look.bald else -0.24, 0]])) + unit * halo
    if look.long_hair:
        (left, top), (right, _) = crown.min(0), crown.max(0)
        middle = top + unit
        low = chest[1] + unit * rng.uniform(-0.2, 0.8)
        hang = unit * rng.uniform(0, 0.25)
        fall = [[left, middle], [left - hang, low], [right + hang, low], [right, middle]]
        canvas.paint(fall, 0.75 * lit * look.hair, 1, 0.03 * unit, pattern=strands)
    outline = [[-2.3, 3], [-2.1, 0.7], [-1.2, 0.3], [-0.5, 0.0], [0, 0.14]]
    outline = np.array(outline + [[-x, y] for x, y in outline[::-1]])
    clothes(canvas, chest + unit * outline, lit, unit, rng)
    jaw = face.project(np.array([[-0.55, 0.6, -0.2], [0.55, 0.6, -0.2]]))
    collar = chest + unit * np.array(
        [[0.58, 0.08], [0.3, 0.2], [0, 0.26], [-0.3, 0.2], [-0.58, 0.08]]
    )
    canvas.paint(np.concatenate([jaw, collar]), look.skin * lit, 1, 0.01 * unit)
    if rng.random() < 0.5:  # a collar, a scarf or a hood up to the chin
        high, wide = rng.uniform(-0.5, 0.1), rng.uniform(0.5, 1.0)
        x = np.linspace(-wide, wide, 9)
        dip = rng.uniform(0, 0.4) * (1 - np.abs(x / wide))
        top = np.stack([x, high + dip], -1)
        band = np.concatenate([top, [[1.6, 3], [-1.6, 3]]])
        colour = np.clip(rng.uniform(0, 240) + rng.uniform(-50, 50, 3), 0, 255)
        canvas.paint(chest + unit * band, colour * lit, 1, 0.01 * unit)
    side = -1 if look.light[0] > 0 else 1
    canvas.glow(*(throat + [side * 0.5 * unit, 0]), 0.5 * unit, 1.5 * unit, 0.3 * look.skin, 0.5)
    canvas.glow(*(throat - [0, 0.05 * unit]), 0.9 * unit, 0.35 * unit, 0.3 * look.skin, 0.7)
    if look.hat is not None or not look.bald:
        canvas.paint(
            crown,
            lit * (look.hair if look.hat is None else look.hat),
            1,
            0.02 * unit,
            pattern=strands,
        )
        shine = crown.mean(0) + unit * np.array([0.6 * look.light[0], -0.8])
        canvas.glow(*shine, 0.5 * unit, 0.25 * unit, 1.5 * lit * look.hair + 12, 0.3)


def clothes(
    canvas: Canvas, outline: np.ndarray, lit: np.ndarray, unit: float, rng: np.random.Generator
) -> None:
    """Shoulders in plain, striped or checked cloth, now and then an open jacket."""
    size = canvas.image.shape[0]
    stripes = np.sin(np.arange(size) * rng.uniform(0.3, 2) / (0.02 * size))
    pattern = 1 + rng.uniform(0, 0.5) * (rng.random() < 0.5) * stripes[:, None] * (
        stripes if rng.random() < 0.5 else np.ones(size)
    )
    outer, inner = np.clip(rng.uniform(0, 240, (2, 1)) + rng.uniform(-50, 50, (2, 3)), 0, 255)
    canvas.paint(outline, outer * lit, 1, 0.01 * unit, pattern=pattern.astype(np.float32))
    if rng.random() < 0.4:
        neck = outline[len(outline) // 2]
        wide = rng.uniform(0.3, 0.7)
        shirt = np.array([[-wide, -0.3], [wide, -0.3], [0.1, 3], [-0.1, 3]])
        canvas.paint(neck + unit * shirt, inner * lit, 1, 0.01 * unit)


def ears(canvas: Canvas, face: Face, look: Look, in_front: bool) -> None:
    """Those ears that lie in front of the head's outline, or the others."""
    if look.long_hair:
        return
    for s in (-1, 1):
        outward = face.rotation[2] @ [s, 0, 0.25]
        if (outward > 0.12) != in_front:
            continue
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        radius = 1 + 0.12 * np.sin(angle + 2.6)
        up, back = 0.2 * radius * np.sin(angle), 0.12 * radius * np.cos(angle)

        def shape(
            zoom: float, up: np.ndarray = up, back: np.ndarray = back, s: int = s
        ) -> np.ndarray:
            x = s * (0.99 * face.width + 0.35 * zoom * back + 0.02)
            return face.project(np.stack([x, 0.14 + zoom * up, -0.1 - zoom * back], -1))

        lit = look.ambient + look.light_colour * np.clip(0.35 + 0.6 * s * look.light[0], 0.1, 1)
        tone = look.skin * [0.9, 0.9, 1.0] * np.minimum(lit, 1.05)
        unit = face.scale
        canvas.paint(shape(1.0), tone, 1, 0.006 * unit)
        canvas.paint(shape(0.65), 0.72 * tone, 0.8, 0.025 * unit)
        canvas.paint(shape(0.95)[4:16], 0.7 * tone, 0.5, 0.01 * unit, width=0.02 * unit)


def glasses(canvas: Canvas, surface: Surface, rng: np.random.Generator) -> None:
    """Spectacles or sunglasses on the nose."""
    face, unit = surface.face, surface.face.scale
    front = surface.lift([[0, 0.02]])[0, 2] + 0.03
    dark = rng.random() < 0.35
    colour = rng.uniform(5, 60) + rng.uniform(0, 40, 3)
    width, height = rng.uniform(0.19, 0.24), rng.uniform(0.12, 0.19)
    power = rng.uniform(0.5, 1)
    angle = np.linspace(0, 2 * np.pi, 33)
    bow = [np.sign(f(angle)) * np.abs(f(angle)) ** power for f in (np.cos, np.sin)]
    line = rng.uniform(0.01, 0.04) * unit

    def flat(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = np.broadcast_arrays(x, y)
        return face.project(np.stack([x, y, front - 0.25 * x**2], -1))

    for s in (-1, 1):
        lens = flat(s * 0.36 + width * bow[0], 0.03 + height * bow[1])
        canvas.paint(lens, 0.4 * colour if dark else [235, 235, 230], 0.93 if dark else 0.12)
        canvas.paint(lens[18:23] + [2, 2], [255, 255, 255], 0.35, 0.02 * unit, width=line)
        canvas.paint(lens, colour, 1, width=line)
        if face.rotation[2] @ [s, 0, 0.4] > 0.25:
            hinge = flat(s * (0.36 + width), 0.0)[None]
            ear = face.project(np.array([[s * (face.width + 0.02), 0.0, 0.0]]))
            canvas.paint(np.concatenate([hinge, ear]), colour, 1, width=line)
    inside = 0.36 - width
    x = np.linspace(-inside, inside, 5)
    canvas.paint(flat(x, -0.04 * np.cos(2 * x / inside)), colour, 1, width=line)


def hand(canvas: Canvas, face: Face, look: Look, rng: np.random.Generator) -> None:
    """Four fingers that come from outside and lie on the face."""
    unit = face.scale
    angle = rng.uniform(-0.3, np.pi + 0.3)
    inward = -np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-inward[1], inward[0]])
    target = face.project(np.array([[0, 0.45, 0.8]]))[0] - inward * unit * rng.uniform(0.45, 0.8)
    lit = look.ambient + 0.6 * look.light_colour
    tone = look.skin * np.minimum(lit, 1.05)
    palm = target - inward * 0.75 * unit
    canvas.glow(*(target + 0.1 * unit), 0.7 * unit, 0.7 * unit, 0.2 * look.skin, 0.35)
    arm = [palm + across * 0.42 * unit, palm - across * 0.42 * unit]
    canvas.paint(
        [*arm, arm[1] - inward * 3 * unit, arm[0] - inward * 3 * unit], tone, 1, 0.01 * unit
    )
    spread, bend = rng.uniform(0.0, 0.25), rng.uniform(-0.2, 0.2)
    for i in range(4):
        offset = (i - 1.5) * 0.21
        length = [0.5, 0.72, 0.78, 0.62][i] * unit
        heading = inward + across * (spread * offset * 2 + bend)
        root = palm + across * offset * unit
        tip = root + heading * (length + 0.35 * unit)
        ends = np.stack([root, tip])
        canvas.paint(ends, 0.55 * tone, 1, 0.012 * unit, width=0.215 * unit)
        canvas.paint(ends, tone, 1, 0.01 * unit, width=0.18 * unit)
        canvas.paint(
            ends - 0.03 * unit,
            np.minimum(1.12 * tone + 6, 255),
            0.7,
            0.03 * unit,
            width=0.06 * unit,
        )
        nail = tip + ellipse(0, 0, 0.05 * unit, 0.05 * unit, 12)
        canvas.paint(nail, 0.5 * tone + [90, 90, 115], 0.5, 0.01 * unit)


def thing(canvas: Canvas, face: Face, rng: np.random.Generator) -> None:
    """A plain object, such as a phone, a cup or a sign, over part of the face."""
    unit = face.scale
    angle = rng.uniform(0, 2 * np.pi)
    away = np.array([np.cos(angle), np.sin(angle)]) * unit * rng.uniform(0.5, 0.95)
    centre = face.project(np.array([[0, 0.4, 0.8]]))[0] + away
    shape = ellipse(0, 0, *rng.uniform(0.25, 0.6, 2), rng.choice([4, 4, 24])) * unit
    turn = rng.uniform(-0.6, 0.6)
    turn = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    colour = np.clip(rng.uniform(10, 230) + rng.uniform(-60, 60, 3), 0, 255)
    canvas.glow(*(centre + 0.06 * unit), 0.5 * unit, 0.5 * unit, [10, 10, 10], 0.35)
    canvas.paint(centre + shape @ turn, colour, 1, 0.008 * unit)
    canvas.paint(
        centre + 0.7 * shape @ turn - 0.05 * unit,
        np.minimum(1.25 * colour + 10, 255),
        0.5,
        0.1 * unit,
    )
    if rng.random() < 0.5:
        canvas.paint(
            centre + 0.8 * shape[:2] @ turn, rng.uniform(0, 255, 3), 0.8, width=0.06 * unit
        )
