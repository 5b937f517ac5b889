"""Draws a synthetic face: casts rays on its surface, shades it, and puts it into a scene.

H, W: size of the image; all pictures are BGR. Pixel centres have whole coordinates.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from fifa_mm.rendering import scene
from fifa_mm.rendering.camera import camera
from fifa_mm.rendering.canvas import Canvas
from fifa_mm.rendering.look import Look
from fifa_mm.rendering.model import EAR_HEIGHT, HEAD_DEPTH, PIVOT, Surface
from fifa_mm.rendering.texture import texture

VERSION = 3  # of the pictures and labels: other numbers for other ones
STEPS, NEAR, FAR = 14, 1.1, -1.1  # samples along a ray, in front of and behind PIVOT


def cast_rays(surface: Surface, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Where the ray through each pixel meets the head.

    The rays are cast through every second pixel and their depth is interpolated; a ray that misses
    the head ends where it comes closest, so the depth is smooth across the head's outline.

    Args:
        surface: The head.
        size: Height and width of the image.

    Returns:
        x, y and z in the head frame and the head's coverage (0 to 1) of each pixel, each
        (size, size) float32.
    """
    face = surface.face
    count = (size + 1) // 2

    def points(pixels: np.ndarray, depth: np.ndarray) -> list[np.ndarray]:
        across = [float(v) for v in face.rotation[0] / face.scale]
        down = [float(v) for v in face.rotation[1] / face.scale]
        toward = [float(v) for v in face.rotation[2]]
        column = (pixels - face.centre[0]).astype(np.float32)
        row = (pixels - face.centre[1]).astype(np.float32)[:, None]
        return [
            np.float32(PIVOT[i]) + column * across[i] + row * down[i] + depth * toward[i]
            for i in range(3)
        ]

    def level(depth: np.ndarray) -> np.ndarray:
        return surface.level(*points(coarse, depth))

    coarse = 2 * np.arange(count) + 0.5
    depths = np.linspace(NEAR, FAR, STEPS, dtype=np.float32)
    x, y, z = points(coarse, depths[:, None, None])
    levels = surface.level(*(a.reshape(-1, count) for a in (x, y, z))).reshape(STEPS, count, count)

    # Closest approach: parabola through the three samples around the smallest.
    low = np.clip(levels.argmin(0), 1, STEPS - 2)
    before, middle, after = (
        np.take_along_axis(levels, low[None] + shift, 0)[0] for shift in (-1, 0, 1)
    )
    bend = np.maximum(before - 2 * middle + after, 1e-6)
    shift = np.clip(0.5 * (before - after) / bend, -1, 1)
    closest = middle - 0.25 * (before - after) * shift
    step = float(depths[1] - depths[0])
    depth = depths[low] + step * shift

    # First sample inside the head, then the crossing before it by false position.
    inside = levels < 1
    first = np.maximum(inside.argmax(0), 1)
    hit = inside.any(0)
    outer, inner = depths[first - 1], np.where(hit, depths[first], depth)
    outer_level, inner_level = (
        np.take_along_axis(levels, first[None] + shift, 0)[0] for shift in (-1, 0)
    )
    for _ in range(3):
        share = np.clip((outer_level - 1) / np.maximum(outer_level - inner_level, 1e-6), 0.02, 0.98)
        trial = outer + share * (inner - outer)
        trial_level = level(trial)
        is_inside = trial_level < 1
        outer, outer_level = (
            np.where(is_inside, outer, trial),
            np.where(is_inside, outer_level, trial_level),
        )
        inner, inner_level = (
            np.where(is_inside, trial, inner),
            np.where(is_inside, trial_level, inner_level),
        )
    share = (outer_level - 1) / np.maximum(outer_level - inner_level, 1e-6)
    depth = np.where(hit, outer + np.clip(share, 0, 1) * (inner - outer), depth)

    def refine(image: np.ndarray) -> np.ndarray:
        return cv2.resize(image.astype(np.float32), (2 * count, 2 * count))[:size, :size]

    closest, depth = refine(closest), refine(depth)
    gradient = cv2.magnitude(
        cv2.Sobel(closest, -1, 1, 0, scale=1 / 8), cv2.Sobel(closest, -1, 0, 1, scale=1 / 8)
    )
    coverage = np.clip(0.5 + (1 - closest) / np.maximum(gradient, 1e-3), 0, 1)
    return *points(np.arange(size), depth), coverage


def shade(
    surface: Surface, look: Look, albedo: np.ndarray, x: np.ndarray, y: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """Colour of the surface at the points (x, y, z): skin shading with soft shadows, (H, W, 3)."""
    normal = surface.normal(x, y, z)
    length = np.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2)
    rotation = surface.face.rotation
    light, half = look.light, look.light + [0, 0, 1]
    half = half / np.linalg.norm(half)

    def toward(direction: Sequence[float]) -> np.ndarray:
        d = [float(v) for v in direction @ rotation]
        return (d[0] * normal[0] + d[1] * normal[1] + d[2] * normal[2]) / length

    occlusion = surface.look_up(shadows(surface, light @ rotation), x, y)
    diffuse = np.clip((toward(light) + 0.25) / 1.25, 0, None) * occlusion[..., 1]
    lit = look.ambient * occlusion[..., :1] + look.light_colour * diffuse[..., None]
    gloss = np.maximum(toward(half), 0)
    for _ in range(4):
        gloss = gloss * gloss
    gloss = 255 * look.shine * diffuse * gloss
    behind = np.clip(normal[2] * (-(HEAD_DEPTH**2) / 0.25), 0, 1)[..., None]
    back = look.skin * 0.5 if look.bald else look.hair
    neck = np.clip((y - 0.32) / 0.1, 0, 1)[..., None]
    albedo = albedo + behind * (back + neck * (0.5 * look.skin - back) - albedo)
    return albedo * lit + gloss[..., None]


def shadows(surface: Surface, light: np.ndarray) -> np.ndarray:
    """Ambient occlusion and cast shadow over the frontal plane, 1 is none: (H, W, 2)."""
    height, width = surface.SHAPE
    x = (np.arange(width) / surface.SCALE + surface.ORIGIN[0])[None]
    y = (np.arange(height) / surface.SCALE + surface.ORIGIN[1])[:, None]
    breadth, _, reach = surface.half_axes(y)
    # A paraboloid for the egg: smooth beyond the outline too, where the grid would show in steps.
    dome = 1 - ((x / breadth) ** 2 + ((y - EAR_HEIGHT) / reach) ** 2) / 2
    front = surface.relief + HEAD_DEPTH * dome.astype(np.float32)
    ambient = np.clip(1 - 3.2 * np.maximum(cv2.GaussianBlur(front, (0, 0), 4) - front, 0), 0.35, 1)
    covered = np.zeros_like(front)
    for distance in (0.08, 0.16, 0.26):
        move = np.float32([[1, 0, light[0] * distance * 40], [0, 1, light[1] * distance * 40]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        blocker = cv2.warpAffine(
            front, move, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        covered = np.maximum(covered, blocker - front - float(light[2] * distance))
    cast = 1 - 0.75 * np.clip(covered / 0.08, 0, 1)
    return np.dstack([ambient, cv2.GaussianBlur(cast, (0, 0), 1.2)])


def render(surface: Surface, look: Look, size: int, rng: np.random.Generator) -> np.ndarray:
    """Picture of a face.

    Args:
        surface: Geometry, with the place in the image.
        look: Appearance.
        size: Height and width of the image.
        rng: Source of the background, objects and noise.

    Returns:
        (size, size, 3) uint8, BGR.
    """
    face = surface.face
    canvas = Canvas(scene.background(rng, look, size))
    scene.behind_head(canvas, face, look, rng)
    scene.ears(canvas, face, look, in_front=False)
    x, y, z, coverage = cast_rays(surface, size)
    albedo = texture(face, look, rng)
    left, top = albedo.origin.tolist()
    columns, rows = (x - left) * albedo.scale, (y - top) * albedo.scale
    albedo = cv2.remap(
        albedo.image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    head = shade(surface, look, albedo, x, y, z)
    canvas.image += coverage[..., None] * (head - canvas.image)
    scene.ears(canvas, face, look, in_front=True)
    if look.glasses:
        scene.glasses(canvas, surface, rng)
    if look.hand:
        scene.hand(canvas, face, look, rng)
    if look.thing:
        scene.thing(canvas, face, rng)
    return camera(canvas.image, look, rng)
