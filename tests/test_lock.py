"""One training a work directory, between processes."""

import errno
import fcntl
import os
import signal
import subprocess
import sys

import pytest

from fifa_mm import lock
from fifa_mm.lock import TRAINING, BusyError, locked, locked_work_dir

TRAINER = """
import os, sys, time
from fifa_mm.lock import locked_work_dir

lock = locked_work_dir(sys.argv[1])
lock.__enter__()
worker = os.fork()
if worker:
    print(worker, flush=True)
time.sleep(60)
"""


@pytest.fixture
def trainer(tmp_path):
    """A process that holds the lock, and its forked worker's id."""
    command = [sys.executable, '-W', 'ignore', '-c', TRAINER, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    worker = int(process.stdout.readline())
    yield process, worker
    for pid in (process.pid, worker):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


def test_lock_ends_with_its_process_whatever_its_workers_do(trainer, tmp_path):
    process, worker = trainer
    by = f'process {process.pid} on '
    busy = pytest.raises(BusyError, match=rf'{tmp_path} is in use by another process \({by}')
    with busy, locked_work_dir(tmp_path):
        pass
    process.kill()
    process.wait()
    os.kill(worker, 0)  # it lives
    with locked_work_dir(tmp_path):
        assert f'process {os.getpid()} on ' in (tmp_path / TRAINING).read_text()


@pytest.mark.parametrize(
    ('launcher', 'variable'),
    [('pytorch', 'RANK'), ('slurm', 'SLURM_PROCID'), ('mpi', 'OMPI_COMM_WORLD_RANK')],
)
def test_other_ranks_take_no_lock(tmp_path, monkeypatch, launcher, variable):
    monkeypatch.setenv(variable, '1')
    with locked_work_dir(tmp_path, launcher):
        assert list(tmp_path.iterdir()) == []
    with locked_work_dir(tmp_path):  # a single process, in an allocation of a cluster
        assert (tmp_path / TRAINING).exists()


def test_lock_is_released_at_the_end_of_the_block(tmp_path):
    program = 'import sys; from fifa_mm.lock import locked; locked(sys.argv[1]).__enter__()'
    path = tmp_path / 'folder' / 'lock'
    command = [sys.executable, '-W', 'ignore', '-c', program, str(path)]
    with locked(path):
        held = subprocess.run(command, capture_output=True, text=True)
    free = subprocess.run(command, capture_output=True, text=True)
    assert 'BusyError' in held.stderr
    assert free.returncode == 0, free.stderr


@pytest.mark.parametrize('system', ['file system', 'Windows'])
def test_no_locks_here(tmp_path, monkeypatch, system):
    def refuse(*_):
        raise OSError(errno.ENOSYS, 'Function not implemented')

    if system == 'Windows':
        monkeypatch.setattr(lock, 'fcntl', None)
    else:
        monkeypatch.setattr(fcntl, 'lockf', refuse)
    unlocked = pytest.warns(UserWarning, match=f'{tmp_path} is not locked: Function not impl')
    with unlocked, locked_work_dir(tmp_path):
        pass


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(OSError, match='file'), locked_work_dir(tmp_path / 'file' / 'run'):
        pass
