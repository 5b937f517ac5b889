"""Boxes that a user gives: a JSON file."""

from pathlib import Path

import numpy as np

from fifa_mm.files import read_json
from fifa_mm.predict.boxes import check_boxes
from fifa_mm.predict.images import UnreadableError


class GivenBoxes:
    """Boxes by picture, from ``{"photo.jpg": [[x1, y1, x2, y2], ...], ...}``.

    A key is a file's name or its path as it was given. The boxes are taken as they are, so they are
    drawn as those of the model's training data: around the landmarks for 300W and WFLW.

    Args:
        path: JSON file.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it has another form.
    """

    def __init__(self, path: str | Path):
        content = read_json(path)
        if not isinstance(content, dict):
            raise ValueError(f'{path} must be a JSON object of boxes by file name')
        self.path = path
        self._boxes = {name: check_boxes(rows, f'{path}: {name}') for name, rows in content.items()}

    def __call__(self, path: str) -> tuple:
        """Boxes (N, 4) and scores (N,), all 1, of a picture.

        Raises:
            UnreadableError: the file has none for it.
        """
        for name in (path, Path(path).name):
            if name in self._boxes:
                boxes = self._boxes[name]
                return boxes, np.ones(len(boxes))
        raise UnreadableError(f'{self.path} has no boxes of {path}')
