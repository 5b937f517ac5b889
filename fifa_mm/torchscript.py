"""The weights in a TorchScript archive, without running it.

Such an archive is a program: ``torch.jit.load`` executes the ``__setstate__`` of its modules, which
may write files. OpenAI's CLIP comes in this form. Its weights lie in ``data.pkl`` and ``data/``, as
in a file of ``torch.save``.
"""

import os
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import torch
from torch import Tensor


def is_torchscript(path: str | os.PathLike) -> bool:
    """Whether a file is a TorchScript archive."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith('/constants.pkl') for name in archive.namelist())


def torchscript_tensors(path: str | os.PathLike) -> dict[str, Tensor]:
    """Parameters, buffers and other tensors of the module in an archive, by their dotted names.

    Raises:
        ValueError: the archive is damaged, or asks for something other than modules and tensors.
    """
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith('/data.pkl'))
        try:
            with archive.open(name) as file:
                module = _Unpickler(file, archive, PurePosixPath(name).parent).load()
        except (pickle.UnpicklingError, EOFError, LookupError, TypeError, RuntimeError) as error:
            raise ValueError(f'{path} is no TorchScript archive of tensors: {error}') from error
    return dict(_tensors(module, ''))


STORAGES = {
    'HalfStorage': torch.float16,
    'BFloat16Storage': torch.bfloat16,
    'FloatStorage': torch.float32,
    'DoubleStorage': torch.float64,
    'LongStorage': torch.int64,
    'IntStorage': torch.int32,
    'ByteStorage': torch.uint8,
    'BoolStorage': torch.bool,
}


class _Module:
    """What the archive says about a module: its attributes."""

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any, archive: zipfile.ZipFile, root: Any) -> None:
        super().__init__(file)
        self.archive, self.root = archive, root

    def find_class(self, module: str, name: str) -> Any:
        if module.partition('.')[0] == '__torch__':
            return _Module
        if module == 'torch' and (storage := STORAGES.get(name)):
            return storage
        if module == 'torch.jit._pickle':  # build_intlist and its like
            return list
        try:
            return {
                'torch._utils._rebuild_tensor_v2': _tensor,
                'collections.OrderedDict': OrderedDict,
            }[f'{module}.{name}']
        except KeyError:
            raise pickle.UnpicklingError(f'it wants {module}.{name}') from None

    def persistent_load(self, identity: Any) -> Tensor:
        _, dtype, key, *_ = identity
        content = bytearray(self.archive.read(str(self.root / 'data' / key)))
        return torch.frombuffer(content, dtype=dtype) if content else torch.empty(0, dtype=dtype)


def _tensor(storage: Tensor, offset: int, size: Any, stride: Any, *_: Any) -> Tensor:
    return torch.as_strided(storage, size, stride, offset)


def _tensors(value: Any, name: str) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, _Module) and isinstance(value.state, dict):
        for key, item in value.state.items():
            yield from _tensors(item, f'{name}.{key}' if name else key)
