"""Seconds spent by stage."""

import contextlib
import time
from collections.abc import Iterator

STAGES = ('read', 'detect', 'predict', 'draw')


class StageTimes:
    """Adds up the time of each of ``STAGES``, and counts faces and pictures."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.faces = 0
        self.images = 0

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time inside to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - start

    def summary(self) -> str:
        """Faces, pictures and milliseconds a face by stage, in one line."""
        counts = f'{plural(self.faces, "face")} in {plural(self.images, "image")}'
        if not self.faces:
            return counts
        each = {name: 1e3 * spent / self.faces for name, spent in self.seconds.items()}
        parts = ', '.join(f'{name} {ms:.1f}' for name, ms in each.items() if ms)
        return f'{counts}, {sum(each.values()):.1f} ms a face: {parts}'


def plural(count: int, noun: str) -> str:
    return f'{count} {noun}{"" if count == 1 else "s"}'
