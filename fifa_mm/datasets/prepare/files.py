"""Files of a prepared dataset: found in the download, provided, images read once."""

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, overload

from PIL import Image
from tqdm import tqdm

from fifa_mm.files import written_whole

EXIF_ORIENTATION = 0x0112


class MissingDataError(FileNotFoundError):
    """Something must be downloaded first; the message says what and where to put it."""


def progress(items: Sequence, description: str) -> Iterable:
    """Iterate with a progress bar on the terminal."""
    return tqdm(items, description, disable=None)


@overload
def find(
    raw: Path, patterns: Sequence[str], download: str, partial: Literal[False] = False
) -> Path: ...
@overload
def find(raw: Path, patterns: Sequence[str], download: str, partial: bool) -> Path | None: ...
def find(raw: Path, patterns: Sequence[str], download: str, partial: bool = False) -> Path | None:
    """The first path below ``raw`` that one of the glob ``patterns`` matches.

    Returns:
        None if nothing matches and ``partial`` is set.

    Raises:
        MissingDataError: nothing matches; the message ends with ``download``.
    """
    for pattern in patterns:
        if paths := sorted(raw.glob(pattern)):
            return paths[0]
    if partial:
        return None
    names = dict.fromkeys(Path(pattern).name for pattern in patterns)
    raise MissingDataError(f'no {" or ".join(names)} in {raw}.\n\n{download}')


def read_text(path: Path) -> str:
    """The text of a file of a download.

    Raises:
        ValueError: it is no text in UTF-8.
    """
    try:
        return path.read_text(encoding='utf-8')
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} must be a text in UTF-8: {error}') from error


def is_number(text: str) -> bool:
    """Whether a text is a number, NaN and infinity included."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def provide(source: Path, target: Path, copy: bool = False) -> None:
    """Make the folder ``source`` available at ``target``, by a link or, with ``copy``, by copies.

    A real folder that is there already stays; copies that are complete are not made again.
    """
    if source.resolve() == target.resolve():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink():
        target.unlink()
    if copy:
        shutil.copytree(source, target, dirs_exist_ok=True, copy_function=_copy_missing)
    elif not target.exists():
        target.symlink_to(source.resolve(), target_is_directory=True)


def _copy_missing(source: str | Path, target: str | Path) -> None:
    source, target = Path(source), Path(target)
    if not target.exists() or target.stat().st_size != source.stat().st_size:
        content = source.read_bytes()
        with written_whole(target, sync=False) as file:
            file.write(content)


class ImageSizes:
    """Sizes of image files, each decoded once in the life of a dataset folder.

    The result for every file is appended to ``memory``, so that an interrupted run goes on where it
    stopped. A file that has changed is decoded again.

    Args:
        memory: Text file of one JSON list a line.
    """

    def __init__(self, memory: Path) -> None:
        self.memory = memory
        self.known = {}
        if memory.exists():
            for line in memory.read_text().splitlines():
                try:
                    path, stamp, result = json.loads(line)
                except ValueError:  # the line an interruption cut
                    continue
                self.known[path] = stamp, result

    def read(self, paths: Iterable[Path]) -> dict[Path, dict[str, Any]]:
        """Decode the images that are not known yet.

        Returns:
            ``{path: result}`` with ``size`` (width, height) as OpenCV and MMPose load them,
            ``gray`` and ``rotated`` (by an EXIF flag), or with ``error``.
        """
        paths = sorted(set(paths))
        self.memory.parent.mkdir(parents=True, exist_ok=True)
        results = {}
        with open(self.memory, 'a', buffering=1) as memory:
            memory.write('\n' if self.known else '')
            for path in progress(paths, 'images'):
                stat = path.stat() if path.exists() else None
                stamp = None if stat is None else [stat.st_size, stat.st_mtime_ns]
                known, result = self.known.get(str(path), (None, None))
                if stamp is None:
                    result = {'error': 'missing'}
                elif known != stamp:
                    result = _decode(path)
                    memory.write(json.dumps([str(path), stamp, result]) + '\n')
                results[path] = result
        return results


def _decode(path: Path) -> dict[str, Any]:
    try:
        with Image.open(path) as image:
            gray = image.mode in ('L', '1', 'I', 'I;16', 'LA')
            orientation = image.getexif().get(EXIF_ORIENTATION, 1)
            size = image.size[::-1] if orientation >= 5 else image.size
            eighth = max(image.width // 8, 1), max(image.height // 8, 1)
            image.draft('RGB', eighth)  # a JPEG is decoded at that size
            image.load()
    except Exception as error:
        return {'error': f'cannot be read: {type(error).__name__}: {error}'}
    return {'size': size, 'gray': gray, 'rotated': orientation != 1}
