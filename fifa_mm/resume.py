"""Which checkpoint ``--resume`` goes on from."""

import logging
import os
import re
import zipfile
from pathlib import Path

from mmengine.logging import print_log

from fifa_mm.files import read_json
from fifa_mm.safe_load import UnreadableCheckpointError, load_checkpoint

POINTER = 'last_checkpoint'  # MMEngine's file with the path of the checkpoint written last


def newest_checkpoint(work_dir: str | os.PathLike) -> str | None:
    """The newest checkpoint of a training that can be read, and None where none was written.

    It logs which newer ones cannot be read. Takes the place of MMEngine's
    ``find_latest_checkpoint``, which trusts the pointer.

    Raises:
        UnreadableCheckpointError: there are some and none can be read.
        UnsafeCheckpointError: the newest asks for more than data.
        FileNotFoundError: there is none, but a curve of a training.
    """
    pointed = _pointed(work_dir)
    if pointed and '://' in pointed:  # another storage than a disk
        return pointed
    unreadable = []
    for path in checkpoints(work_dir):
        try:
            _check(path)
        except UnreadableCheckpointError as error:
            unreadable.append(str(error))
            continue
        for text in unreadable:
            print_log(f'{text}: going on from {path.name}', 'current', logging.WARNING)
        return str(path)
    if unreadable:
        raise UnreadableCheckpointError(
            f'no checkpoint in {work_dir} can be read. {". ".join(unreadable)}'
        )
    if epochs := _curve(work_dir):
        raise FileNotFoundError(
            f'{work_dir} has the curve of a training of {epochs} validations (report.json) and no '
            'checkpoint to go on from: name one by --resume CHECKPOINT, take another folder, or '
            'start again without --resume, which overwrites the curve'
        )
    print_log(f'No checkpoint in {work_dir}: the training starts', 'current')
    return None


def checkpoints(work_dir: str | os.PathLike) -> list[Path]:
    """The checkpoints that a training can go on from, the newest first; they need not be whole.

    A later one than the pointer names counts as newer if it was written after the pointer, by a run
    that was killed in between; otherwise the training has gone back since, and it comes last.
    """
    pointer, pointed = Path(work_dir, POINTER), _pointed(work_dir)
    named = Path(pointed or 'none')
    folder = named.parent if named.exists() else Path(work_dir)  # it may have been moved
    patterns = [re.sub(r'\d+', '*', named.name)] if pointed else ['epoch_*.pth', 'iter_*.pth']
    found = [path for pattern in patterns for path in folder.glob(pattern) if path.is_file()]

    def age(path: Path) -> tuple[bool, int]:
        later = _number(path) > _number(named)
        abandoned = pointed and later and path.stat().st_mtime_ns <= pointer.stat().st_mtime_ns
        return not abandoned, _number(path)

    return sorted(found, key=age, reverse=True)


def _number(path: Path) -> int:
    """The last number in the name of a file, -1 if it has none."""
    return int((re.findall(r'\d+', path.stem) or [-1])[-1])


def _pointed(work_dir: str | os.PathLike) -> str:
    try:
        return Path(work_dir, POINTER).read_text().strip()
    except FileNotFoundError:
        return ''


def _check(path: Path) -> None:
    """Raise UnreadableCheckpointError unless a training can go on from a file."""
    content = load_checkpoint(path, 'cpu', mmap=zipfile.is_zipfile(path))
    missing = {'meta', 'state_dict', 'message_hub'} - set(
        content if isinstance(content, dict) else ()
    )
    if missing:
        raise UnreadableCheckpointError(f'{path} lacks {", ".join(sorted(missing))}')


def _curve(work_dir: str | os.PathLike) -> int:
    """Number of validations in the report of a training."""
    try:
        return len(read_json(Path(work_dir, 'report.json')).get('curve', []))
    except FileNotFoundError:
        return 0
