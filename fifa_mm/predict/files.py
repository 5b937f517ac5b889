"""Pictures and videos named by a user, to files of predictions."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from fifa_mm.files import check_folder
from fifa_mm.predict.faces import Face
from fifa_mm.predict.given_boxes import GivenBoxes
from fifa_mm.predict.images import UnreadableError, read_image
from fifa_mm.predict.inputs import Source, check_names, find_sources
from fifa_mm.predict.output import write_faces, write_frames, write_picture
from fifa_mm.predict.pipeline import FacePipeline
from fifa_mm.predict.timing import plural
from fifa_mm.predict.video import VideoPredictor, VideoReader, video_writer

# Pictures wait for others to share a batch until they hold as many pixels as this.
PIXELS_WAITING = 50_000_000


class FilePredictor:
    """Predicts the faces of files and writes what it finds.

    Args:
        pipeline: Finds faces and predicts their landmarks.
        out_dir: Where ``NAME.json`` goes, and ``NAME.jpg`` or ``NAME.mp4``.
        draw: Whether to draw pictures and videos; needs MMPose.
        boxes: Boxes of each picture; by default the pipeline's detector finds them.
        detect_every, smooth: Of videos, see :class:`fifa_mm.predict.video.VideoPredictor`.

    Raises:
        OSError: the folder cannot be written.
        ValueError: an argument outside its range.
    """

    def __init__(
        self,
        pipeline: FacePipeline,
        out_dir: str | Path,
        draw: bool = False,
        boxes: GivenBoxes | None = None,
        detect_every: int = 10,
        smooth: bool = False,
    ):
        self.pipeline, self.times, self.boxes = pipeline, pipeline.times, boxes
        self.out_dir = Path(out_dir)
        check_folder(self.out_dir)
        self.draw = None
        if draw:
            from fifa_mm.plots.faces import Drawer

            self.draw = Drawer(pipeline.network.num_landmarks)
        self._new_video = partial(VideoPredictor, pipeline, detect_every, smooth)
        self._new_video()  # checks the options
        self._failed = 0

    def run(self, inputs: Sequence[str], stopped: Callable[[], bool] = lambda: False) -> int:
        """Predict everything that the inputs name, and print what was found and how fast.

        Args:
            inputs: Files, folders, patterns and numbers of cameras.
            stopped: Asked before every picture and frame whether to end here.

        Returns:
            1 if an input failed, which is named on stderr, else 0.

        Raises:
            ValueError: two inputs would be written as the same file.
        """
        self._failed, self._stopped = 0, stopped
        sources = []
        for text in inputs:
            try:
                sources += find_sources(text)
            except UnreadableError as error:
                self._fail(error)
        check_names(sources)
        self._pictures([source for source in sources if source.kind == 'picture'])
        for source in sources:
            if source.kind != 'picture' and not stopped():
                self._video(source)
        print(f'{self.times.summary()}; results in {self.out_dir}')
        if self._failed:
            print(f'{plural(self._failed, "input")} failed', file=sys.stderr)
        return int(self._failed > 0)

    def _fail(self, error: Exception) -> None:
        """Name what failed; the others go on."""
        self._failed += 1
        tqdm.write(str(error), file=sys.stderr)

    def _pictures(self, sources: Sequence[Source]) -> None:
        """Predict pictures, the faces of several in one batch."""
        if not sources:
            return
        waiting, faces, pixels = [], 0, 0
        with tqdm(total=len(sources), unit='image', dynamic_ncols=True, disable=None) as bar:
            for source in sources:
                if self._stopped():
                    return
                try:
                    with self.times.stage('read'):
                        image = read_image(source.path)
                    found = self.boxes(source.path) if self.boxes else self.pipeline.find(image)
                except UnreadableError as error:
                    self._fail(error)
                    bar.update()
                    continue
                waiting.append((source, image, found))
                faces, pixels = faces + len(found[0]), pixels + image[..., 0].size
                if faces >= self.pipeline.batch_size or pixels >= PIXELS_WAITING:
                    self._write(waiting, bar.update)
                    waiting, faces, pixels = [], 0, 0
            self._write(waiting, bar.update)

    def _write(self, waiting: list[tuple[Source, np.ndarray, tuple]], done: Callable) -> None:
        """Predict the faces of some pictures and write them."""
        images, found = [image for _, image, _ in waiting], [found for *_, found in waiting]
        for (source, image, _), faces in zip(
            waiting, self.pipeline.predict(images, found), strict=True
        ):
            try:
                write_faces(self.out_dir / f'{source.name}.json', faces)
                if self.draw:
                    with self.times.stage('draw'):
                        write_picture(self.out_dir / f'{source.name}.jpg', self.draw(image, faces))
            except OSError as error:
                self._fail(error)
            done()

    def _video(self, source: Source) -> None:
        """Predict a video or what a camera sees until it ends, or is stopped.

        What was predicted until then is written in each case.
        """
        frames: list[list[Face]] = []
        try:
            if self.boxes:
                raise UnreadableError(f'{source.path}: boxes are for pictures, not for videos')
            reader = VideoReader(int(source.path) if source.kind == 'camera' else source.path)
            predictor = self._new_video(rate=reader.rate)
            bar = tqdm(total=reader.frames, unit='frame', dynamic_ncols=True, disable=None)
            with contextlib.ExitStack() as stack:
                stack.enter_context(bar)
                stack.callback(lambda: write_frames(self.out_dir / f'{source.name}.json', frames))
                write = None
                for image in self._timed(reader):
                    frames.append(predictor(image))
                    if self.draw:
                        with self.times.stage('draw'):
                            if write is None:
                                size, path = image.shape[1::-1], self.out_dir / f'{source.name}.mp4'
                                writer = video_writer(path, reader.rate, size)
                                write = stack.enter_context(writer).write
                            write(self.draw(image, frames[-1]))
                    bar.update()
        except (UnreadableError, OSError) as error:
            self._fail(error)

    def _timed(self, reader: VideoReader) -> Iterator[np.ndarray]:
        """The frames of a video until it ends or is stopped; the time to read them is noted."""
        frames = iter(reader)
        while not self._stopped():
            try:
                with self.times.stage('read'):
                    frame = next(frames, None)
            except UnreadableError as error:  # what came before is written
                self._fail(error)
                return
            if frame is None:
                return
            yield frame
