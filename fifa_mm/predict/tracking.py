"""Which face of a frame is which face of the frames before, by the overlap of their boxes.

N faces. A box is x1, y1, x2, y2 in pixels.
"""

from dataclasses import dataclass

import numpy as np


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union (N, M) of boxes (N, 4) and (M, 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (a, b)]
    return both / (areas[0][:, None] + areas[1] - both)


def match(a: np.ndarray, b: np.ndarray, least: float) -> list[tuple[int, int]]:
    """Pairs of boxes one to one, the largest overlap first, none below ``least``."""
    if not len(a) or not len(b):
        return []
    iou = overlaps(a, b)
    pairs: list[tuple[int, int]] = []
    for i, j in np.dstack(np.unravel_index(np.argsort(-iou, axis=None), iou.shape))[0].tolist():
        if iou[i, j] < least:
            break
        if all(i != row and j != column for row, column in pairs):
            pairs.append((i, j))
    return pairs


@dataclass
class Track:
    """A face that is followed.

    Attributes:
        number: Its own, from 0.
        box: (4,) where it was last.
        score: The detector's, when it saw the face last.
        missed: Detections in a row that did not find it.
        lost_for: Frames since it was lost, None while it is followed.
    """

    number: int
    box: np.ndarray
    score: float
    missed: int = 0
    lost_for: int | None = None


class Tracker:
    """Keeps the identity of faces.

    A detection is the face that it overlaps most. A face that a few detections in a row do not find
    is lost; a detection where a lost face was last seen is that face again, for a while.

    Args:
        least: Least overlap of a face with itself.
        patience: Detections without a face after which it is lost.
        memory: Frames after which a lost face is forgotten.
    """

    def __init__(self, least: float = 0.3, patience: int = 2, memory: int = 100):
        self.least, self.patience, self.memory = least, patience, memory
        self._tracks: list[Track] = []
        self._count = 0

    @property
    def active(self) -> list[Track]:
        """The faces that are followed, in the order of their numbers."""
        return [track for track in self._tracks if track.lost_for is None]

    def next_frame(self) -> None:
        """Forget faces that were lost too long ago."""
        for track in self._tracks:
            if track.lost_for is not None:
                track.lost_for += 1
        self._tracks = [t for t in self._tracks if (t.lost_for or 0) <= self.memory]

    def detected(self, boxes: np.ndarray, scores: np.ndarray) -> None:
        """Take the detections (N, 4) and scores (N,) of a frame.

        A face has the box of its detection: boxes around landmarks, followed for long, drift away
        with the errors of the landmarks.
        """
        followed = self.active
        pairs = match(box_array(followed), boxes, self.least)
        for i, j in pairs:
            followed[i].box, followed[i].score, followed[i].missed = boxes[j], float(scores[j]), 0
        for i in set(range(len(followed))) - {i for i, _ in pairs}:
            followed[i].missed += 1
            if followed[i].missed >= self.patience:
                followed[i].lost_for = 0
        rest = sorted(set(range(len(boxes))) - {j for _, j in pairs})
        lost = [track for track in self._tracks if track.lost_for]
        again = {j: i for i, j in match(box_array(lost), boxes[rest], self.least)}
        for j, number in enumerate(rest):
            if j in again:
                track = lost[again[j]]
                track.box, track.missed, track.lost_for = boxes[number], 0, None
                track.score = float(scores[number])
            else:
                self._tracks.append(Track(self._count, boxes[number], float(scores[number])))
                self._count += 1

    def moved(self, boxes: np.ndarray) -> bool:
        """Take the boxes (N, 4) around the landmarks of the faces that are followed.

        A face whose box jumps away is lost, and of two faces in one place the later one.

        Returns:
            Whether a face was lost, so that it should be looked for.
        """
        before = len(self.active)
        for track, box in zip(self.active, boxes, strict=True):
            if overlaps(track.box[None], box[None])[0, 0] < self.least:
                track.lost_for = 0
            else:
                track.box = box
        seen: list[Track] = []
        for track in self.active:
            if seen and overlaps(track.box[None], box_array(seen)).max() > 0.7:
                self._tracks.remove(track)
            else:
                seen.append(track)
        return len(self.active) < before


def box_array(tracks: list[Track]) -> np.ndarray:
    return np.array([track.box for track in tracks]).reshape(-1, 4)
