"""Checkpoints read without executing anything that is in them.

PyTorch's ``weights_only`` loading admits tensors and plain containers. A checkpoint of MMEngine
holds NumPy arrays too, and its log, a ``HistoryBuffer``. To admit their names and ``getattr``, as
MMEngine does (mmengine#1670), is too much: ``getattr`` reaches ``os.system`` through
``ndarray.ctypes``, a state can bring the ``__setstate__`` that is called next, and
``numpy.ndarray((1,), object, data)`` takes bytes for pointers. Here the names in a file lead to
stand-ins that only keep what they are given; arrays and logs are made of them, checked, when the
whole file has been read.
"""

import errno
import functools
import os
import pickletools
import re
import tarfile
import zipfile
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import urlparse

import numpy as np
import torch
from torch.serialization import load as torch_load  # compat.py replaces torch.load

TRUST = 'FIFA_MM_TRUST'
HISTORY_BUFFER = 'mmengine.logging.history_buffer.HistoryBuffer'
ARRAY_KINDS = 'biufcSU'  # NumPy's letters for numbers, bytes and text


class UnsafeCheckpointError(ValueError):
    """A checkpoint asks for more than data. The message says for what and how to allow it."""


class UnreadableCheckpointError(ValueError):
    """A file is no checkpoint, or a part of one."""


class _Refused(Exception):  # noqa: N818
    """A stand-in was used for something that no checkpoint needs."""


def load_checkpoint(
    file: str | os.PathLike | BinaryIO, map_location: Any = None, **options: Any
) -> Any:
    """What ``torch.save`` wrote, as ``torch.load`` would give it, without executing code.

    A file that the environment variable ``FIFA_MM_TRUST`` names (several are separated as in
    ``PATH``) is loaded by ``pickle``, code included.

    Args:
        file: Path, or a file opened for reading.
        map_location: See ``torch.load``.
        options: Others of ``torch.load``.

    Raises:
        UnsafeCheckpointError: the file asks for something that is not data.
        UnreadableCheckpointError: it is truncated, or no file of PyTorch.
    """
    options = {**options, 'map_location': map_location}
    if is_trusted(file):
        return torch_load(file, weights_only=False, **options)
    return guarded(lambda: torch_load(file, weights_only=True, **options), file)


@functools.wraps(torch_load)
def torch_load_by_default(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    **options: Any,
) -> Any:
    if weights_only is None and pickle_module is None:
        return load_checkpoint(f, map_location, **options)
    return torch_load(f, map_location, pickle_module, weights_only=weights_only, **options)


def load_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
) -> Any:
    """``torch.hub.load_state_dict_from_url``, which takes the same, by :func:`load_checkpoint`."""
    folder = Path(model_dir or Path(torch.hub.get_dir(), 'checkpoints'))
    file = folder / (file_name or PurePosixPath(urlparse(url).path).name)
    trusted = is_trusted(file)

    def load() -> Any:
        return torch.hub.load_state_dict_from_url(
            url, str(folder), map_location, progress, check_hash, file.name, not trusted
        )

    return load() if trusted else guarded(load, file)


def guarded(load: Callable[[], Any], file: str | os.PathLike | BinaryIO) -> Any:
    """What ``load()`` gives, which calls ``torch.load(file, weights_only=True)``.

    Raises:
        UnsafeCheckpointError: the file asks for something that is not data.
        UnreadableCheckpointError: it is truncated, or no file of PyTorch.
    """
    try:
        stand_ins: list[Any] = [(item, name) for name, item in STAND_INS.items()]
        with torch.serialization.safe_globals(stand_ins):
            content = _finished(load(), {})
    except Exception as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # PyTorch's of half a file
            raise
        raise _explained(file, error) from error
    meta = content.get('meta') if isinstance(content, dict) else None
    if isinstance(meta, dict) and 'config' in meta:
        # The name of MMCV's times, whose text MMEngine executes when it resumes.
        meta.setdefault('cfg', meta.pop('config'))
    return content


def is_trusted(file: str | os.PathLike | BinaryIO) -> bool:
    """Whether ``FIFA_MM_TRUST`` names a file."""
    if not isinstance(file, (str, os.PathLike)):
        return False
    trusted = filter(None, os.environ.get(TRUST, '').split(os.pathsep))
    return Path(file).resolve() in [Path(path).expanduser().resolve() for path in trusted]


class _Array:
    """Stands for a NumPy array: ``_reconstruct(ndarray, (0,), b'b')``, the rest in its state."""

    made = None

    def __init__(self, *arguments: Any) -> None:
        if arguments:
            raise _Refused(f'a call numpy.ndarray{arguments}')

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def finished(self, _: Any) -> Any:
        if self.made is None:
            _, shape, dtype, fortran, data = self.state
            if not isinstance(data, bytes):
                raise _Refused('an array of Python objects')
            flat = np.frombuffer(data, _numpy_dtype(dtype))
            self.made = flat.reshape(shape, order='F' if fortran else 'C').copy(order='A')
        return self.made


class _DType:
    """Stands for a NumPy type: ``dtype('f8', False, True)``, the byte order in its state."""

    order = '='

    def __init__(self, text: Any, *_: Any) -> None:
        self.text = text

    def __setstate__(self, state: Any) -> None:
        self.order = state[1]


class _Log:
    """Stands for a ``HistoryBuffer``."""

    made = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def finished(self, made: Any) -> Any:
        from mmengine.logging import HistoryBuffer

        if self.made is None:
            self.made = HistoryBuffer(
                *(_finished(self.state[f'_{name}_history'], made) for name in ('log', 'count')),
                max_length=int(self.state['max_length']),
            )
        return self.made


def _numpy_dtype(stand_in: Any) -> np.dtype:
    if type(stand_in) is not _DType or not re.fullmatch(r'[a-zA-Z]\d*', stand_in.text):
        raise _Refused('an array of an unknown type')
    dtype = np.dtype(stand_in.text)
    if dtype.kind not in ARRAY_KINDS:
        raise _Refused(f'an array of type {dtype}')
    return dtype if stand_in.order == '|' else dtype.newbyteorder(stand_in.order)


def _reconstruct(kind: Any, *_: Any) -> Any:
    if kind is not _Array:
        raise _Refused(f'an array of class {kind}')
    return _Array()


def _scalar(dtype: Any, data: bytes) -> np.generic:
    return np.frombuffer(data, _numpy_dtype(dtype), count=1)[0]


def _statistic(owner: Any, name: str) -> Any:
    """A method of ``HistoryBuffer``, which every buffer lists: the class knows its own."""
    if owner is not _Log:
        raise _Refused(f'getattr(..., {name!r})')


HARMLESS = {'_codecs.encode', 'collections.OrderedDict', 'collections.Counter'}
STAND_INS = {
    HISTORY_BUFFER: _Log,
    'builtins.getattr': _statistic,
    'builtins.bytes': bytes,  # the data of an empty array, such as the skeleton of WFLW
    'builtins.slice': slice,
    'numpy.dtype': _DType,
    'numpy.ndarray': _Array,
    'numpy.core.multiarray._reconstruct': _reconstruct,
    'numpy._core.multiarray._reconstruct': _reconstruct,
    'numpy.core.multiarray.scalar': _scalar,
    'numpy._core.multiarray.scalar': _scalar,
}


def _finished(value: Any, made: dict[int, Any]) -> Any:
    """``value`` with what the stand-ins in it stand for; ``made`` keeps containers, by id."""
    if isinstance(value, (_Array, _Log)):
        return value.finished(made)
    if id(value) in made:
        return made[id(value)]
    if isinstance(value, dict):
        made[id(value)] = value
        for key, item in value.items():
            value[key] = _finished(item, made)
    elif isinstance(value, list):
        made[id(value)] = value
        value[:] = [_finished(item, made) for item in value]
    elif type(value) is tuple:
        made[id(value)] = tuple(_finished(item, made) for item in value)
        return made[id(value)]
    return value


def _explained(file: Any, error: Exception) -> Exception:
    is_path = isinstance(file, (str, os.PathLike))
    name = os.fspath(file) if is_path else getattr(file, 'name', 'the checkpoint')
    wanted = wanted_imports(file) - STAND_INS.keys() - HARMLESS
    wanted = {item for item in wanted if not item.startswith('torch.')}
    if not wanted and (match := re.search(r'GLOBAL (torch\.\S+) was not an allowed', str(error))):
        wanted.add(match[1])
    said = str(error).partition('WeightsUnpickler error:')[2] or str(error)
    reason = (said.strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, _Refused):
        wanted.add(reason)
    if 'to call reduce' in str(error) or 'only build' in str(error).lower():
        wanted.add('a call of something that is no class of data')
    if wanted:
        torchscript = any(item.startswith('__torch__') for item in wanted)
        return UnsafeCheckpointError(
            f'{name} is not loaded, since loading it would execute code: it wants '
            f'{", ".join(sorted(wanted))}. If you trust who made it, set {TRUST}={name}'
            + torchscript
            * '; fifa_mm convert takes the weights out without running it'
        )
    return UnreadableCheckpointError(
        f'{name} cannot be read: truncated, or not saved by torch.save ({reason})'
    )


def wanted_imports(file: str | os.PathLike | BinaryIO) -> set[str]:
    """Names, with their modules, that the pickles in a checkpoint import, found without loading."""
    names = set()
    for content in _pickles(file):
        strings, end = [], 0
        with suppress(Exception):  # what follows the pickles, or is missing of them
            while True:
                operations: Any = pickletools.genops(content[end:])
                for opcode, argument, position in operations:  # noqa: B007
                    if isinstance(argument, str):
                        strings.append(argument)
                    if opcode.name in ('GLOBAL', 'INST'):
                        names.add(_modern(*argument.split(' ', 1)))
                    elif opcode.name == 'STACK_GLOBAL':
                        names.add(_modern(*strings[-2:]))
                end += position + 1
    return names


def _pickles(file: Any) -> Iterator[bytes]:
    """Those in an archive of PyTorch's, zip or tar, or the file itself."""
    if isinstance(file, (str, os.PathLike)):
        content = Path(file).read_bytes()
    else:
        file.seek(0)
        content = file.read()
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(BytesIO(content)) as archive:
        yield from (archive.read(name) for name in archive.namelist() if name.endswith('.pkl'))
        return
    with suppress(tarfile.TarError), tarfile.open(fileobj=BytesIO(content)) as archive:
        files = (archive.extractfile(item) for item in archive if item.isfile())
        yield from (file.read() for file in files if file is not None)
        return
    yield content


def _modern(module: str, name: str) -> str:
    """``module.name`` as of Python 3; the protocol of ``torch.save`` has Python 2's names."""
    module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
    return f'{module}.{name}'
