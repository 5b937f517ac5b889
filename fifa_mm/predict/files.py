"""Pictures named by a user, to files of predictions."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from fifa_mm.files import check_folder
from fifa_mm.predict.given_boxes import GivenBoxes
from fifa_mm.predict.images import UnreadableError, read_image
from fifa_mm.predict.inputs import Source, check_names, find_sources
from fifa_mm.predict.output import write_faces, write_picture
from fifa_mm.predict.pipeline import FacePipeline
from fifa_mm.predict.timing import plural

# Pictures wait for others to share a batch until they hold as many pixels as this.
PIXELS_WAITING = 50_000_000


class FilePredictor:
    """Predicts the faces of files and writes what it finds.

    Args:
        pipeline: Finds faces and predicts their landmarks.
        out_dir: Where ``NAME.json`` and ``NAME.jpg`` go.
        draw: Whether to draw pictures; needs MMPose.
        boxes: Boxes of each picture; by default the pipeline's detector finds them.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(
        self,
        pipeline: FacePipeline,
        out_dir: str | Path,
        draw: bool = False,
        boxes: GivenBoxes | None = None,
    ):
        self.pipeline, self.times, self.boxes = pipeline, pipeline.times, boxes
        self.out_dir = Path(out_dir)
        check_folder(self.out_dir)
        self.draw = None
        if draw:
            from fifa_mm.predict.drawing import Drawer

            self.draw = Drawer(pipeline.network.num_landmarks)
        self._failed = 0

    def run(self, inputs: Sequence[str]) -> int:
        """Predict everything that the inputs name, and print what was found and how fast.

        Returns:
            1 if an input failed, which is named on stderr, else 0.

        Raises:
            ValueError: two inputs would be written as the same file.
        """
        self._failed = 0
        sources = []
        for text in inputs:
            try:
                sources += find_sources(text)
            except UnreadableError as error:
                self._fail(error)
        check_names(sources)
        self._pictures([source for source in sources if source.kind == 'picture'])
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
        waiting, faces, pixels = [], 0, 0
        with tqdm(total=len(sources), unit='image', dynamic_ncols=True, disable=None) as bar:
            for source in sources:
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
