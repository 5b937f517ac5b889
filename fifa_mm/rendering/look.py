"""Appearance and light of a synthetic face, drawn at random."""

from dataclasses import dataclass

import numpy as np

# Palettes, BGR, neighbours are mixed.
SKINS = np.array(
    [
        [192, 205, 248],
        [160, 184, 240],
        [132, 164, 230],
        [106, 142, 212],
        [70, 98, 164],
        [44, 60, 102],
    ],
    np.float32,
)
HAIRS = np.array(
    [[22, 22, 26], [28, 36, 52], [40, 62, 96], [80, 124, 160], [40, 62, 120], [135, 138, 142]],
    np.float32,
)
IRISES = np.array(
    [[14, 20, 32], [24, 36, 60], [40, 62, 84], [110, 90, 62], [72, 92, 72]], np.float32
)


@dataclass(frozen=True)
class Look:
    """Appearance and light; colours are (3,) BGR arrays, amounts 0 to 1."""

    skin: np.ndarray
    hair: np.ndarray
    iris: np.ndarray
    lips: np.ndarray
    hairline: float  # height on the forehead, head units
    temple: float  # half the width of the bare forehead, head units
    parting: float  # how much lower the hair hangs on the right than on the left
    fringe: float  # how ragged the hairline is, head units
    curtains: tuple  # how far hair hangs over either cheek, head units
    hat: np.ndarray | None  # its colour
    brows: float  # their opacity
    nostrils: float
    sockets: float  # shade around the eyes
    bridge: float  # shade between eyes and nose
    creases: float  # around the nose
    long_hair: bool
    bald: bool
    beard: float
    moustache: bool
    blush: float
    eye_shadow: float
    wrinkles: float
    mask: bool
    glasses: bool
    hand: bool
    thing: bool
    blur: float  # share of the image's side
    motion: bool  # the blur has a direction
    light: np.ndarray  # unit vector towards the light, camera frame
    light_colour: np.ndarray
    ambient: np.ndarray
    shine: float


def sample_look(rng: np.random.Generator) -> Look:
    """Draw an appearance from a :class:`numpy.random.Generator`."""

    def colour(palette: np.ndarray, jitter: float) -> np.ndarray:
        i, share = rng.integers(len(palette) - 1), rng.random()
        mixed = palette[i] + share * (palette[i + 1] - palette[i])
        return np.clip(mixed * (1 + jitter * rng.uniform(-1, 1, 3)), 4, 250).astype(np.float32)

    def cloth() -> np.ndarray:
        return np.clip(rng.uniform(10, 220) + rng.uniform(-60, 60, 3), 4, 250).astype(np.float32)

    skin, hair, iris = colour(SKINS, 0.05), colour(HAIRS, 0.1), colour(IRISES, 0.15)
    if skin[2] < 165:
        hair = np.minimum(hair, 45)
    painted = rng.random() < 0.3
    red = np.array([rng.uniform(40, 110), rng.uniform(35, 70), rng.uniform(130, 190)])
    lips = (
        0.75 * red + 0.25 * skin if painted else skin * [0.72, 0.64, 0.88] * rng.uniform(0.85, 1.2)
    )
    bald = bool(not painted and rng.random() < 0.1)
    bearded = not painted and rng.random() < 0.4
    angle, height = np.deg2rad(rng.uniform(-70, 70)), np.deg2rad(rng.uniform(-10, 60))
    light = [np.sin(angle) * np.cos(height), -np.sin(height), np.cos(angle) * np.cos(height)]
    warmth = rng.uniform(-0.22, 0.22)
    cast = np.array([1 - warmth, 1, 1 + warmth])
    long_hair = bool(not bald and rng.random() < (0.75 if painted else 0.25))
    return Look(
        skin=skin,
        hair=hair,
        iris=iris,
        lips=lips.astype(np.float32),
        hairline=rng.uniform(-0.75, -0.5),
        temple=rng.uniform(0.42, 0.68),
        parting=rng.choice([-1, 1]) * rng.uniform(0, 0.35),
        fringe=rng.uniform(0.01, 0.12),
        curtains=tuple(
            float(long_hair * (rng.random() < 0.5) * rng.uniform(0.02, 0.3)) for _ in (0, 1)
        ),
        hat=cloth() if rng.random() < 0.1 else None,
        brows=rng.uniform(0.3, 0.95),
        sockets=rng.uniform(0, 0.5),
        bridge=rng.uniform(0, 0.4),
        nostrils=rng.uniform(0.1, 0.7),
        creases=rng.uniform(0.05, 0.35),
        long_hair=long_hair,
        bald=bald,
        beard=float(bearded * rng.uniform(0.15, 0.9)),
        moustache=bool(bearded and rng.random() < 0.6),
        blush=rng.uniform(0, 0.4),
        eye_shadow=painted * rng.uniform(0, 0.6),
        wrinkles=rng.uniform(0.05, 0.5),
        mask=bool(rng.random() < 0.02),
        glasses=bool(rng.random() < 0.15),
        hand=bool(rng.random() < 0.06),
        thing=bool(rng.random() < 0.06),
        blur=float(rng.uniform(0.003, 0.011) * (rng.random() < 0.2)),
        motion=bool(rng.random() < 0.25),
        light=np.array(light),
        light_colour=(rng.uniform(0.45, 0.95) * cast).astype(np.float32),
        ambient=(rng.uniform(0.3, 0.6) * cast[::-1] ** 0.5).astype(np.float32),
        shine=rng.uniform(0.0, 0.2),
    )
