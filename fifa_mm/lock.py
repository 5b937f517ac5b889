"""One process a folder."""

import errno
import os
import platform
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

TRAINING = 'training.lock'  # in the work directory of a training
# The rank of a process, by the launchers of MMPose's tools.
RANKS = {'pytorch': 'RANK', 'slurm': 'SLURM_PROCID', 'mpi': 'OMPI_COMM_WORLD_RANK'}


class BusyError(OSError):
    """Another process holds a lock."""


@contextmanager
def locked(path: str | os.PathLike) -> Iterator[None]:
    """Hold the lock on a file, which is made if need be, against other processes.

    It ends with the process, however that ends. It is a POSIX lock, which forked dataloader workers
    do not share. A system without such locks gives a warning.

    Raises:
        BusyError: another process holds it; the message says which.
        OSError: the file cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'a+') as file:
        try:
            if fcntl is None:
                raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                warnings.warn(f'{path.parent} is not locked: {error.strerror}', stacklevel=3)
            else:
                file.seek(0)
                raise BusyError(
                    f'{path.parent} is in use by another process ({file.read().strip()})'
                ) from None
        file.truncate(0)
        file.write(f'process {os.getpid()} on {platform.node()}\n')
        file.flush()
        yield


@contextmanager
def locked_work_dir(work_dir: str | os.PathLike, launcher: str = 'none') -> Iterator[None]:
    """Keep other trainings out of a work directory; of several ranks, the first does.

    Raises:
        BusyError: there is one already.
    """
    if int(os.environ.get(RANKS.get(launcher, ''), 0)):
        yield
        return
    with locked(Path(work_dir, TRAINING)):
        yield
