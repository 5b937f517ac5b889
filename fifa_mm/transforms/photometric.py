"""The five photometric operations of the standard augmentation, as albumentations transforms.

Images are (H, W, 3) uint8 in BGR order. Distributions and order are those of FaRL
(https://github.com/FacePerceiver/FaRL, augmenters of py-blueprint 0.0.1.post3). FaRL computes in
floats; here every operation rounds to uint8.
"""

from collections.abc import Sequence
from typing import Any

import albumentations as A
import cv2
import numpy as np


class RandomOcclusion(A.ImageOnlyTransform):
    """RO: a black rectangle around a random point, clipped at the border.

    With h, w the image's size, a ~ U(size) and b ~ U(a - delta, a + delta), the rectangle has
    2 floor(floor(a h / 2) / 2) + 1 rows and columns likewise from b and w: about a/2 and b/2 of
    the image.
    """

    def __init__(
        self, size: tuple[float, float] = (0.2, 0.8), delta: float = 0.2, p: float = 1.0
    ) -> None:
        super().__init__(p=p)
        self.size, self.delta = size, delta

    def get_params_dependent_on_data(self, params: Any, data: dict[str, Any]) -> dict[str, Any]:
        h, w = params['shape'][:2]
        draw = self.py_random.uniform
        a = draw(*self.size)
        b = max(draw(a - self.delta, a + self.delta), 0)
        half_h, half_w = int(h / 2 * a) // 2, int(w / 2 * b) // 2
        y, x = int(draw(0, h - 1)), int(draw(0, w - 1))
        rows = slice(max(y - half_h, 0), y + half_h + 1)
        return {'rectangle': (rows, slice(max(x - half_w, 0), x + half_w + 1))}

    def apply(self, img: np.ndarray, rectangle: tuple[slice, slice], **params: Any) -> np.ndarray:
        img = img.copy()
        img[rectangle] = 0
        return img


class NoiseFusion(A.ImageOnlyTransform):
    """NF: (1 - alpha) image + alpha noise, alpha ~ U(0, top), noise uniform in every value."""

    def __init__(self, top: float = 0.5, p: float = 0.5) -> None:
        super().__init__(p=p)
        self.top = top

    def get_params(self) -> dict[str, Any]:
        return {'alpha': self.py_random.uniform(0, self.top)}

    def apply(self, img: np.ndarray, alpha: float, **params: Any) -> np.ndarray:
        words = self.random_generator.bit_generator.random_raw(img.size // 8 + 1)
        noise = words.view(np.uint8)[: img.size].reshape(img.shape)
        return cv2.addWeighted(img, 1 - alpha, noise, alpha, 0)


class RandomGray(A.ImageOnlyTransform):
    """RGr: luma in all three channels (albumentations' ``ToGray`` takes the image for RGB)."""

    def __init__(self, p: float = 0.1) -> None:
        super().__init__(p=p)

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        return cv2.cvtColor(cv2.cvtColor(img, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


class RandomBlur(A.ImageOnlyTransform):
    """RB: box blur of floor((h + w) / 2 * U(0, ratio)) pixels, where that is more than 1."""

    def __init__(self, ratio: float = 0.01, p: float = 1.0) -> None:
        super().__init__(p=p)
        self.ratio = ratio

    def get_params_dependent_on_data(self, params: Any, data: dict[str, Any]) -> dict[str, Any]:
        h, w = params['shape'][:2]
        return {'size': int((h + w) / 2 * self.py_random.uniform(0, self.ratio))}

    def apply(self, img: np.ndarray, size: int, **params: Any) -> np.ndarray:
        return cv2.blur(img, (size, size)) if size > 1 else img


def random_gamma(gammas: Sequence[float] = (0.5, 1.0, 2.0)) -> A.OneOf:
    """RGm: intensity in [0, 1] to the power of one of ``gammas``, each as likely."""
    powers = [A.NoOp(p=1) if g == 1 else A.RandomGamma((100 * g, 100 * g), p=1) for g in gammas]
    return A.OneOf(powers, p=1)
