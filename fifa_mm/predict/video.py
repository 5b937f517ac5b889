"""Faces of a video: found now and then, followed in between, with their identity."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from fifa_mm import checks
from fifa_mm.predict.boxes import square_around
from fifa_mm.predict.faces import Face
from fifa_mm.predict.images import UnreadableError, silent_opencv
from fifa_mm.predict.one_euro import OneEuroFilter
from fifa_mm.predict.pipeline import FacePipeline
from fifa_mm.predict.tracking import Tracker

# FFmpeg prints nothing about files that it cannot decode: the caller names them.
os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')
# Of the one-euro filter, speeds in sides of the face's box a second; see benchmarks/predict.py.
MIN_CUTOFF, BETA = 1.0, 15.0


class VideoPredictor:
    """Predicts the faces of one frame after the other.

    Args:
        pipeline: Finds faces and predicts their landmarks.
        detect_every: Frames from one detection to the next; in between a face's box is the one
            around its last landmarks. Faces are also looked for while none is followed, and after
            one was lost.
        smooth: Whether the one-euro filter smooths the landmarks.
        rate: Frames a second, for the filter.
    """

    def __init__(
        self,
        pipeline: FacePipeline,
        detect_every: int = 10,
        smooth: bool = False,
        rate: float = 25.0,
    ):
        self.pipeline = pipeline
        self.detect_every = checks.integer('detect_every', detect_every, 1)
        self.smooth = checks.flag('smooth', smooth)
        self.rate = checks.number('rate', rate, above=0)
        self._tracker = Tracker(memory=round(4 * rate))
        self._filters: dict[int, OneEuroFilter] = {}
        self._wait = 0

    def __call__(self, image: np.ndarray) -> list[Face]:
        """Faces of the next frame, (H, W, 3) uint8 BGR, each with the number of its track."""
        self._tracker.next_frame()
        if self._wait <= 0 or not self._tracker.active:
            self._tracker.detected(*self.pipeline.find(image))
            self._wait = self.detect_every
        self._wait -= 1
        tracks = self._tracker.active
        boxes = np.array([track.box for track in tracks]).reshape(-1, 4)
        scores = np.array([track.score for track in tracks])
        (faces,) = self.pipeline.predict([image], [(boxes, scores)])
        faces = [replace(f, track=t.number) for f, t in zip(faces, tracks, strict=True)]
        if faces:
            points = np.stack([face.keypoints for face in faces])
            around = self.pipeline.network.box.from_landmarks(square_around(points))
            if self._tracker.moved(around):
                self._wait = 0
        kept = {track.number for track in self._tracker.active}
        pairs = [(f, t.number) for f, t in zip(faces, tracks, strict=True) if t.number in kept]
        return [self._smoothed(*pair) if self.smooth else pair[0] for pair in pairs]

    def _smoothed(self, face: Face, track: int) -> Face:
        settings = {'min_cutoff': MIN_CUTOFF, 'beta': BETA}
        one = self._filters.setdefault(track, OneEuroFilter(self.rate, **settings))
        side = float(face.box[2] - face.box[0])
        return replace(face, keypoints=one(face.keypoints, unit=side).astype(np.float32))


class VideoReader:
    """Frames of a video file or a camera.

    Args:
        source: Path, or the number of a camera.

    Attributes:
        rate: Frames a second, 25 where the source does not say.
        frames: How many there are, None for a camera and where the file does not say.

    Raises:
        UnreadableError: no such file or camera, or one that OpenCV cannot read.
    """

    def __init__(self, source: str | Path | int):
        self.source = source
        name = f'camera {source}' if isinstance(source, int) else str(source)
        if not isinstance(source, int) and not Path(source).is_file():
            raise UnreadableError(f'no video at {source}')
        with silent_opencv():
            self._capture = cv2.VideoCapture(source if isinstance(source, int) else str(source))
            opened = self._capture.isOpened()
        if not opened:
            raise UnreadableError(f'{name} cannot be opened as a video')
        self.name = name
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate < 1000 else 25.0
        frames = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.frames = frames if frames > 0 and not isinstance(source, int) else None

    def __iter__(self) -> Iterator[np.ndarray]:
        """Frames (H, W, 3) uint8, BGR.

        Raises:
            UnreadableError: after the last frame, if the file announces more than it has.
        """
        count = 0
        try:
            while True:
                with silent_opencv():
                    there, frame = self._capture.read()
                if not there:
                    break
                count += 1
                yield frame
        finally:
            self._capture.release()
        # Containers without an index only estimate their number of frames.
        if self.frames and count < self.frames - 1:
            raise UnreadableError(f'{self.name} ends after {count} of {self.frames} frames')


@contextlib.contextmanager
def video_writer(path: str | Path, rate: float, size: tuple) -> Iterator[cv2.VideoWriter]:
    """Write frames (w, h) to an MP4 file, which is there when it is whole.

    Raises:
        OSError: it cannot be written.
    """
    path = Path(path)
    part = path.with_name(f'.{path.stem}.{os.getpid()}.part{path.suffix}')
    with silent_opencv():
        writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*'mp4v'), rate, size)
    try:
        if not writer.isOpened():
            raise OSError(f'{path} cannot be written as a video')
        yield writer
        writer.release()
        os.replace(part, path)
    finally:
        writer.release()
        part.unlink(missing_ok=True)
