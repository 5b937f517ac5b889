"""Writes predictions as MMPose's inferencers do, and pictures, each file whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from fifa_mm.files import write_json, written_whole
from fifa_mm.predict.faces import Face


def write_faces(path: str | Path, faces: Sequence[Face]) -> None:
    """Write the faces of a picture: a list of instances, as ``pred_out_dir`` of MMPose gives it."""
    write_json(path, [face.to_dict() for face in faces])


def write_frames(path: str | Path, frames: Sequence[Sequence[Face]]) -> None:
    """Write the faces of a video: a list of ``frame_id`` and ``instances``, as MMPose's."""
    write_json(
        path,
        [
            {'frame_id': number, 'instances': [face.to_dict() for face in faces]}
            for number, faces in enumerate(frames)
        ],
    )


def write_picture(path: str | Path, image: np.ndarray) -> None:
    """Write an image (H, W, 3), uint8, BGR, in the format of the suffix."""
    content = cv2.imencode(Path(path).suffix, image)[1]
    with written_whole(path) as file:
        file.write(content.tobytes())
