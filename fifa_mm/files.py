"""Files that are written whole or not at all, and JSON."""

import errno
import json
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import ArrayLike


@contextmanager
def written_whole(path: str | os.PathLike, sync: bool = True) -> Iterator[BinaryIO]:
    """A file to write into that takes the place of ``path`` when the block ends.

    A reader, or a kill, never meets half a file; where writing fails, what was there stays. Makes
    the folder. Several processes may write the same file, the last one's stays. A link stays one;
    what is no file, such as a pipe, is written as it is.

    Args:
        path: The file.
        sync: Whether to wait for the disk, so that a power cut leaves no empty file either.

    Raises:
        OSError: it cannot be written; the error names ``path``.
    """
    path = Path(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        with open(path, 'wb') as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    part = target.with_name(f'.{target.name}.{os.getpid()}.part')
    try:
        make_folder(target.parent)
        with open(part, 'wb') as file:
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.replace(part, target)
        if sync:
            _sync_folder(target.parent)
    except OSError as error:
        if error.filename is None or str(error.filename) == str(part):  # a full disk has no name
            raise type(error)(error.errno, error.strerror or str(error), str(path)) from error
        raise
    finally:
        if part.exists():
            part.unlink()


def _sync_folder(path: Path) -> None:
    """Wait until the disk has the names of the files in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write a text, see :func:`written_whole`."""
    with written_whole(path) as file:
        file.write(text.encode())


def write_figure(path: str | os.PathLike, figure: Any, dpi: int = 110) -> None:
    """Write a matplotlib figure in the format of the path's suffix, see :func:`written_whole`."""
    with written_whole(path) as file:
        figure.savefig(file, dpi=dpi, format=Path(path).suffix.removeprefix('.') or 'png')


def write_array(path: str | os.PathLike, array: ArrayLike) -> None:
    """Write an ``.npy`` file, see :func:`written_whole`."""
    with written_whole(path) as file:
        np.save(file, array)


def write_json(path: str | os.PathLike, content: Any) -> None:
    """Write JSON, see :func:`written_whole`.

    NumPy arrays become lists; numbers that are not finite become ``null``.
    """
    write_text(path, json.dumps(_plain(content), indent=1, allow_nan=False) + '\n')


def write_all(contents: dict) -> None:
    """Write JSON files so that either every one is complete or none has changed.

    Args:
        contents: ``{path: content}``; numbers must be finite.
    """
    with ExitStack() as stack:
        for path, content in contents.items():
            file = stack.enter_context(written_whole(path))
            file.write(json.dumps(content, allow_nan=False).encode())
            file.flush()
            os.fsync(file.fileno())  # a full disk shows before the first one takes its place


def read_json(path: str | os.PathLike) -> Any:
    """Read JSON.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no JSON, or a part of it.
    """
    try:
        return json.loads(Path(path).read_text())
    except (ValueError, IsADirectoryError) as error:
        raise ValueError(f'{path} is not a whole JSON file: {error}') from error


def check_writable(path: str | os.PathLike) -> None:
    """Find out before work starts whether a file can be written. Makes its folder.

    Raises:
        OSError: it cannot; the error names ``path``.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    check_folder(path.parent)


def check_folder(path: str | os.PathLike) -> None:
    """Find out before work starts whether files can be written into a folder. Makes it.

    Raises:
        OSError: they cannot; the error names ``path``.
    """
    try:
        make_folder(path)
        with tempfile.TemporaryFile(dir=str(path)) as file:
            file.write(b'\0')
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from error


def make_folder(path: str | os.PathLike) -> None:
    """Make a folder and those above it; one that is there is fine."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
