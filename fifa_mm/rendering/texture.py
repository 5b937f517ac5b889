"""The colours of a synthetic face, painted in the frontal plane and draped over its surface."""

import numpy as np

from fifa_mm.rendering import landmarks as curves
from fifa_mm.rendering.canvas import Canvas, ellipse, noise_crop
from fifa_mm.rendering.look import Look
from fifa_mm.rendering.model import Face

ORIGIN, EXTENT = (-1.0, -1.3), (2.0, 3.1)  # x and y, head units


def texture(face: Face, look: Look, rng: np.random.Generator) -> Canvas:
    """Albedo of the face.

    Returns:
        Its image covers the frontal plane from ``ORIGIN`` over ``EXTENT``.
    """
    scale = 1.25 * face.scale
    width, height = (int(np.ceil(length * scale)) for length in EXTENT)
    mottle = 1 + rng.uniform(0.02, 0.06) * noise_crop(rng, 'clouds', height, width)
    mottle += rng.uniform(0, 0.025) * noise_crop(rng, 'grain', height, width)
    strands = np.exp(rng.uniform(0.1, 0.45) * noise_crop(rng, 'hair', height, width))
    stubble = 1 + 0.1 * noise_crop(rng, 'grain', height, width)
    canvas = Canvas(look.skin * mottle[..., None], ORIGIN, scale)
    skin_tones(canvas, face, look)
    beard(canvas, face, look, stubble)
    for side in (0, 1):
        eye(canvas, face, look, side)
        upper, lower = curves.brow(face, side, np.linspace(0, 1, 12))
        tone = 0.6 * look.hair + 0.1 * look.skin
        canvas.paint(np.concatenate([upper, lower[::-1]]), tone, look.brows, 0.01, pattern=strands)
    nose(canvas, face, look)
    lips(canvas, face, look)
    if look.mask:
        surgical_mask(canvas)
    if look.hat is not None or not look.bald:
        hairline(canvas, look, strands, rng)
    return canvas


def skin_tones(canvas: Canvas, face: Face, look: Look) -> None:
    """Blush, shaded eye sockets, folds from nose to mouth and on the forehead."""
    red, dark = look.skin * [0.76, 0.75, 1.0], look.skin * [0.58, 0.6, 0.68]
    folded = look.wrinkles * (0.5 + 0.7 * max(face.smile, 0))
    for s in (-1, 1):
        canvas.glow(s * 0.45, 0.4, 0.2, 0.18, red, look.blush)
        canvas.glow(s * face.eye_spacing, -0.03, 0.2, 0.1, dark, look.sockets)
        canvas.glow(s * 0.18, -0.02, 0.07, 0.12, dark, look.bridge)
        start = [s * 1.3 * face.nose_width, face.nose_length - 0.02]
        middle = [s * (0.1 + 1.2 * face.nose_width), face.nose_length + 0.1]
        end = [s * 1.35 * face.mouth_width, face.mouth_y - 0.03]
        canvas.paint([start, middle, end], dark, folded, 0.018, width=0.02)
    canvas.glow(0, face.nose_length, 0.14, 0.12, red, 0.6 * look.blush)
    x = np.linspace(-0.3, 0.3, 9)
    for y in -0.42 - 0.09 * np.arange(3) - max(face.brow_raise):
        line = np.stack([x, y + 0.02 * np.cos(7 * x)], -1)
        canvas.paint(line, dark, 0.25 * look.wrinkles, 0.012, width=0.012)


def beard(canvas: Canvas, face: Face, look: Look, stubble: np.ndarray) -> None:
    """Hair on jaw and chin, and above the lip."""
    colour = 0.8 * look.hair + 0.15 * look.skin
    x = np.linspace(-1, 1, 15)
    if look.beard:
        edge = face.mouth_y - 0.1 - 0.35 * np.abs(x) ** 3 + 0.2 * np.exp(-((x / 0.35) ** 2))
        area = np.concatenate([np.stack([x, edge], -1), [[1, 1.8], [-1, 1.8]]])
        canvas.paint(area, colour, look.beard, 0.05, pattern=stubble)
    if look.moustache:
        top, *_ = curves.mouth(face, np.linspace(-1, 1, 15))
        under = curves.nose_base(face, np.linspace(-1.3, 1.3, 9)) + [0, 0.05]
        area = np.concatenate([under, top[::-1]])
        canvas.paint(area, colour, max(look.beard, 0.5), 0.02, pattern=stubble)


def eye(canvas: Canvas, face: Face, look: Look, side: int) -> None:
    """Lids, white, iris, pupil, highlight and lashes."""
    upper, lower = curves.eyelids(face, side, np.linspace(0, 1, 17))
    opening = np.concatenate([upper, lower[::-1]])
    dark = look.skin * [0.42, 0.42, 0.5]
    above = np.concatenate([upper, upper[::-1] - [0, 0.1]])
    canvas.paint(above, [110, 70, 90], look.eye_shadow, 0.025)
    canvas.paint((upper - [0, 0.045])[2:-1], dark, 0.45, 0.008, width=0.015)
    canvas.paint(lower[3:-2] + [0, 0.05], dark, 0.25, 0.015, width=0.02)
    if face.eye_open[side] > 0.08:
        canvas.paint(opening, 0.3 * look.skin + [110, 110, 115])
        x, y = curves.pupil(face, side)
        canvas.paint(ellipse(x, y, 0.078, 0.078), 0.5 * look.iris, within=opening)
        canvas.paint(ellipse(x, y, 0.062, 0.062), look.iris, 1, 0.006, within=opening)
        canvas.paint(ellipse(x, y, 0.029, 0.029), [12, 12, 12], within=opening)
        shade = upper + [0, 0.012]
        canvas.paint(shade, [40, 40, 50], 0.5, 0.012, width=0.03, within=opening)
        spark = ellipse(x + 0.025 * look.light[0], y - 0.022, 0.015, 0.015, 8)
        canvas.paint(spark, [255, 255, 255], 0.9, within=opening)
        tear = ellipse(*(upper[-1] + [0.015 * curves.sign(side), 0]), 0.016, 0.014, 8)
        canvas.paint(tear, [120, 125, 190], 0.8, within=opening)
    canvas.paint(lower, dark, 0.5, 0.004, width=0.01)
    lash = 0.016 + 0.012 * (look.eye_shadow > 0)
    canvas.paint(upper, 0.3 * np.minimum(look.hair, 60), 0.85, 0.004, width=lash)


def nose(canvas: Canvas, face: Face, look: Look) -> None:
    """Nostrils and the creases around the wings."""
    dark = look.skin * [0.25, 0.25, 0.32]
    for side, s in ((0, -1), (1, 1)):
        nostril = ellipse(s * 0.5 * face.nose_width, face.nose_length + 0.105, 0.045, 0.022)
        canvas.paint(nostril, dark, look.nostrils, 0.008)
        wing, base = curves.nose_wing(face, side), curves.nose_base(face, [s])[0]
        crease = [wing - [0, 0.05], wing, base, base - [s * 0.05, 0]]
        canvas.paint(crease, dark, look.creases, 0.012, width=0.015)
    canvas.paint(
        curves.nose_base(face, np.linspace(-1, 1, 9)), dark, look.creases, 0.01, width=0.015
    )


def lips(canvas: Canvas, face: Face, look: Look) -> None:
    """Both lips, and teeth and tongue where the mouth is open."""
    t = np.linspace(-1, 1, 33)
    top, upper, lower, bottom = curves.mouth(face, t)
    canvas.paint(np.concatenate([top, bottom[::-1]]), look.lips, 0.85, 0.004)
    canvas.paint(np.concatenate([top, upper[::-1]]), 0.8 * look.lips, 0.6)
    canvas.paint(bottom[10:-10] + [0, 0.035], 0.5 * look.skin, 0.4, 0.02, width=0.03)
    cavity = np.concatenate([upper, lower[::-1]])
    if face.mouth_open > 0.015:
        canvas.paint(cavity, [28, 18, 62])
        tongue = ellipse(*lower[16], 0.5 * face.mouth_width, 0.35 * face.mouth_open)
        canvas.paint(tongue, [95, 90, 185], 0.9, 0.015, within=cavity)
        edge = upper + np.stack([0 * t, 0.08 * np.clip(1 - (t / 0.8) ** 4, 0, 1)], -1)
        teeth = np.concatenate([upper, edge[::-1]])
        canvas.paint(teeth, [205, 220, 228], 1, 0.006, within=cavity)
    inner = np.abs(t) <= 0.87
    canvas.paint(upper[inner], [30, 22, 55], 0.75, 0.005, width=0.016)
    for corner in (upper[0], upper[-1]):
        canvas.glow(*corner, 0.024, 0.02, 0.4 * look.skin, 0.5)


def surgical_mask(canvas: Canvas) -> None:
    """Cloth from the bridge of the nose to below the chin."""
    x = np.linspace(-1, 1, 17)
    top = 0.3 + 0.08 * np.abs(x) - 0.12 * np.exp(-((x / 0.2) ** 2))
    canvas.paint(np.concatenate([np.stack([x, top], -1), [[1, 1.8], [-1, 1.8]]]), [222, 205, 170])
    for y in 0.5 + 0.17 * np.arange(4):
        canvas.paint([[-0.7, y], [0.7, y]], [170, 155, 125], 0.7, 0.01, width=0.015)


def hairline(canvas: Canvas, look: Look, strands: np.ndarray, rng: np.random.Generator) -> None:
    """Hair on forehead and temples, before the ears and over the cheeks, or a hat's brim."""
    x = np.linspace(-1, 1, 41)
    inward = np.where(x < 0, *look.curtains)
    temple = np.clip((np.abs(x) - look.temple + inward) / 0.34, 0, 1)
    hang = np.where(inward > 0, 2.2, 0.85)
    line = look.hairline + look.parting * x + hang * temple**3 * (1.5 - 0.5 * temple)
    line = line + look.fringe * rng.uniform(-1, 1, len(x))
    if not look.bald:
        area = np.concatenate([[[-1, -1.3]], np.stack([x, line], -1), [[1, -1.3]]])
        canvas.paint(area + [0, 0.03], 0.5 * look.hair + 0.25 * look.skin, 0.4, 0.05)
        canvas.paint(area, look.hair, 1, 0.02, pattern=strands)
    if look.hat is not None:
        brim = np.stack([x, look.hairline + 0.1 - 0.1 * x**2 + 0.2 * look.parting * x], -1)
        area = np.concatenate([[[-1, -1.3]], brim, [[1, -1.3]]])
        canvas.paint(area + [0, 0.08], 0.25 * look.skin, 0.5, 0.04)
        canvas.paint(area, look.hat, 1, 0.01)
        canvas.paint(brim, 0.5 * look.hat, 1, 0.01, width=0.05)
