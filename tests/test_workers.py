"""Dataloader workers are seeded as MMEngine's, and end with their parent."""

import os
import signal
import time
from types import SimpleNamespace

import pytest
import torch
from mmengine.dataset import worker_init_fn as of_mmengine
from mmengine.runner import Runner
from mmengine.runner import runner as host

from fifa_mm.workers import worker_init_fn

ARGUMENTS = {'num_workers': 2, 'rank': 1, 'seed': 5}


def test_mmengine_initialises_workers_with_it():
    assert host.default_worker_init_fn is worker_init_fn
    loader = Runner.build_dataloader(
        {
            'dataset': torch.utils.data.TensorDataset(torch.arange(4)),
            'sampler': {'type': 'DefaultSampler', 'shuffle': False},
            'batch_size': 2,
            'num_workers': 1,
        },
        seed=3,
    )
    assert loader.worker_init_fn.func is worker_init_fn
    assert len(list(loader)) == 2


@pytest.fixture
def forked():
    """A function that runs another in a fork; gives its process id and a pipe it writes to."""
    pids = []

    def run(work):
        reader, writer = os.pipe()
        if pid := os.fork():
            os.close(writer)
            pids.append(pid)
            return pid, reader
        try:
            work(writer)
        finally:
            os._exit(0)

    yield run
    for pid in pids:
        os.waitpid(pid, 0)


def test_seed_and_ctrl_c(forked):
    def work(writer):
        worker_init_fn(1, **ARGUMENTS)
        ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        os.write(writer, repr((int(torch.randint(1 << 30, ())), ignored)).encode())

    _, reader = forked(work)
    with torch.random.fork_rng():
        of_mmengine(1, **ARGUMENTS)
        expected = int(torch.randint(1 << 30, ()))
    assert os.read(reader, 100) == repr((expected, True)).encode()


def test_end_with_the_parent(forked):
    def worker(writer):
        worker_init_fn(0, **ARGUMENTS)
        os.write(writer, b'ready')
        time.sleep(600)

    def parent(writer):
        if os.fork():
            time.sleep(600)
        worker(writer)

    pid, reader = forked(parent)
    assert os.read(reader, 5) == b'ready'
    os.kill(pid, signal.SIGKILL)
    assert os.read(reader, 1) == b''  # the worker has closed its end, by ending


def test_end_of_one_whose_parent_died_while_it_started(forked, monkeypatch):
    """As a spawned worker, which imports for seconds and then has another parent."""
    dead = SimpleNamespace(is_alive=lambda: False)
    monkeypatch.setattr('multiprocessing.parent_process', lambda: dead)

    def worker(_):
        worker_init_fn(0, **ARGUMENTS)
        time.sleep(600)

    pid, reader = forked(worker)
    assert os.read(reader, 1) == b''
    assert os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT).si_status == 1  # it ended itself
