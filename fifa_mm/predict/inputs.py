"""What a user names on the command line: pictures, folders, patterns, videos, cameras."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fifa_mm.predict.images import UnreadableError

PICTURES = frozenset({'.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff', '.ppm', '.pgm'})
VIDEOS = frozenset({'.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mpg', '.mpeg', '.wmv'})


@dataclass(frozen=True)
class Source:
    """One picture, video or camera.

    Attributes:
        path: Its path, or a camera's number.
        kind: ``'picture'``, ``'video'`` or ``'camera'``.
        name: What files about it are called, without suffix.
    """

    path: str
    kind: str
    name: str


def find_sources(text: str) -> list[Source]:
    """Everything that one argument names, in the order of the file names.

    Args:
        text: A file, a folder (its pictures and videos, not those of folders in it), a pattern
            (``**`` for any folders) or the number of a camera.

    Raises:
        UnreadableError: nothing is there.
    """
    path = Path(text)
    if path.is_dir():
        found = sorted(str(p) for p in path.iterdir() if p.suffix.lower() in PICTURES | VIDEOS)
        if not found:
            raise UnreadableError(f'the folder {text} holds no picture or video')
    elif path.exists():
        found = [text]
    elif text.isdecimal():
        return [Source(text, 'camera', f'camera{int(text)}')]
    else:
        found = sorted(p for p in glob.glob(text, recursive=True) if Path(p).is_file())
        if not found:
            raise UnreadableError(f'no file, folder, pattern or camera is {text}')
    return [Source(p, kind_of(p), Path(p).stem) for p in found]


def kind_of(path: str) -> str:
    return 'video' if Path(path).suffix.lower() in VIDEOS else 'picture'


def check_names(sources: Sequence[Source]) -> None:
    """Results are named after their inputs: no two may share a name.

    Raises:
        ValueError: two do.
    """
    first: dict[str, Source] = {}
    for source in sources:
        other = first.setdefault(source.name, source)
        if other is not source:
            raise ValueError(
                f'{other.path} and {source.path} would both be written as {source.name}: '
                'predict them one after the other, with another --out-dir'
            )
