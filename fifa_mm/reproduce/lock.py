"""One training a work directory."""

import fcntl
from contextlib import contextmanager
from pathlib import Path

from mmengine.hooks import Hook


class BusyError(RuntimeError):
    """Another process holds a lock."""


@contextmanager
def locked(path):
    """Hold the lock on a file, which is made if need be, against other processes.

    It ends with the process, however that ends. It is a POSIX lock, which forked dataloader workers
    do not share: they can outlive a trainer that was killed.

    Raises:
        BusyError: another process holds it.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w') as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError(f'{Path(path).parent} is in use by another process') from None
        yield


class WorkDirLockHook(Hook):
    """Holds a lock on ``training.lock`` in the work directory as long as the process lives.

    Raises:
        BusyError: another training holds it.
    """

    FILE = 'training.lock'
    priority = 'VERY_HIGH'  # before anything is written

    def before_run(self, runner):
        if runner.rank == 0:
            self._lock = locked(Path(runner.work_dir, self.FILE))
            self._lock.__enter__()
