"""What a camera and a file format do to a picture."""

import cv2
import numpy as np

from fifa_mm.rendering.canvas import noise_crop
from fifa_mm.rendering.look import Look


def camera(image: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Focus, tone, noise, JPEG and now and then grey: (H, W, 3) uint8."""
    size = image.shape[0]
    if look.blur and look.motion:
        count, angle = max(3, round(3.5 * look.blur * size)), rng.uniform(0, np.pi)
        reach = (count - 1) / 2 * np.array([np.cos(angle), np.sin(angle)])
        ends = [tuple(int(v) for v in np.round((count - 1) / 2 + s * reach)) for s in (-1, 1)]
        kernel = cv2.line(np.zeros((count, count), np.float32), *ends, 1.0, 1)
        image = cv2.filter2D(image, -1, kernel / kernel.sum())
    elif look.blur:
        image = cv2.GaussianBlur(image, (0, 0), look.blur * size)
    sharpening = np.float32(rng.uniform(0.2, 2))
    if not look.blur:
        image = image + sharpening * (image - cv2.GaussianBlur(image, (0, 0), 0.008 * size))
    balance = rng.uniform(0.9, 1.1, 3).astype(np.float32)
    gain, shift, grain = rng.uniform([0.8, -15, 0.5], [1.4, 45, 2.6]).astype(np.float32)
    light = rng.uniform(0.75, 1.25, (3, 3, 1)).astype(np.float32)  # uneven
    image = image * cv2.resize(light, (size, size), interpolation=cv2.INTER_CUBIC)[..., None]
    image = gain * (image * balance - 120) + 120 + shift
    grey = (image @ np.float32([0.114, 0.587, 0.299]))[..., None]
    colourful = 0 if rng.random() < 0.06 else np.float32(rng.uniform(0.6, 1.4))
    image = grey + colourful * (image - grey)
    image += grain**2 * noise_crop(rng, 'grain', size, size)[..., None]
    image = np.clip(np.round(image), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.integers(30, 95))
        coded = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return image
