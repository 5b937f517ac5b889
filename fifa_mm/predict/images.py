"""Reads pictures as the networks were trained on them: 8 bit, BGR, upright."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np


class UnreadableError(ValueError):
    """An input that cannot be read; the others are not concerned."""


def read_image(path: str | Path) -> np.ndarray:
    """Read a picture of any format OpenCV knows.

    Grey pictures get three channels, an alpha channel is dropped, 16 bits become 8, and a JPEG with
    an EXIF orientation is turned upright, as in MMPose's ``LoadImage``.

    Returns:
        (H, W, 3) uint8, BGR.

    Raises:
        UnreadableError: there is no such file, it is no picture, or it is truncated.
    """
    try:
        content = np.frombuffer(Path(path).read_bytes(), np.uint8)
    except OSError as error:
        raise UnreadableError(f'{path} cannot be read: {error.strerror}') from error
    if not len(content):
        raise UnreadableError(f'{path} is empty')
    with silent_opencv():
        try:
            image = cv2.imdecode(content, cv2.IMREAD_COLOR)
        except cv2.error as error:
            raise UnreadableError(f'{path} is no picture: {error.err}') from error
    if image is None:
        raise UnreadableError(f'{path} is no picture that OpenCV can read, or is truncated')
    return image


def check_image(image: np.ndarray) -> np.ndarray:
    """The image as it is, if it is (H, W, 3) uint8.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(image, np.ndarray):
        raise ValueError(f'an image must be a NumPy array or a path, got {type(image).__name__}')
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise ValueError(
            f'an image must be (H, W, 3) uint8 in the order BGR, got {image.shape} {image.dtype}'
        )
    return image


@contextlib.contextmanager
def silent_opencv() -> Iterator[None]:
    """OpenCV prints nothing about files that it cannot decode: the caller names them."""
    logging = getattr(cv2.utils, 'logging', cv2)  # where OpenCV 5 and OpenCV 4 have it
    level = logging.getLogLevel()
    logging.setLogLevel(0)
    try:
        yield
    finally:
        logging.setLogLevel(level)
