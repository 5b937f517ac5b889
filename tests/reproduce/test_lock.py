"""One training a work directory, between processes."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from fifa_mm.reproduce.lock import BusyError, WorkDirLockHook, locked

TRAINER = """
import os, sys, time
from types import SimpleNamespace
from fifa_mm.reproduce.lock import WorkDirLockHook

hook = WorkDirLockHook()
hook.before_run(SimpleNamespace(rank=0, work_dir=sys.argv[1]))
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
    hook, runner = WorkDirLockHook(), SimpleNamespace(rank=0, work_dir=tmp_path)
    with pytest.raises(BusyError, match=f'{tmp_path} is in use by another process'):
        hook.before_run(runner)
    process.kill()
    process.wait()
    os.kill(worker, 0)  # it lives
    hook.before_run(runner)


def test_other_ranks_take_no_lock(tmp_path):
    WorkDirLockHook().before_run(SimpleNamespace(rank=1, work_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_lock_is_released_at_the_end_of_the_block(tmp_path):
    program = (
        'import sys; from fifa_mm.reproduce.lock import locked; locked(sys.argv[1]).__enter__()'
    )
    path = tmp_path / 'folder' / 'lock'
    command = [sys.executable, '-W', 'ignore', '-c', program, str(path)]
    with locked(path):
        held = subprocess.run(command, capture_output=True, text=True)
    free = subprocess.run(command, capture_output=True, text=True)
    assert 'BusyError' in held.stderr
    assert free.returncode == 0, free.stderr
