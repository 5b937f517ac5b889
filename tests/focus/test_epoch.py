"""The epoch reaches every worker: the side that a sample is painted with is that of Eq. 6."""

import copy
import json
import os
import pickle
import socket
import subprocess
import sys

import numpy as np
import pytest

from fifa_mm.focus.epoch import EPOCH, sample_generator
from fifa_mm.focus.schedule import patch_side

SCRIPT = os.path.join(os.path.dirname(__file__), 'epoch_run.py')
LOADERS = ['no workers', 'persistent, fork', 'persistent, spawn', 'fork', 'spawn']


@pytest.fixture(scope='module')
def recorded(tmp_path_factory):
    """Number of ranks to what each of them recorded."""
    return {ranks: run(ranks, tmp_path_factory.mktemp(f'ranks{ranks}')) for ranks in (1, 2)}


def run(ranks, folder):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    processes = []
    for rank in range(ranks):
        env = {**os.environ, 'OMP_NUM_THREADS': '1'}
        if ranks > 1:
            env |= {'RANK': str(rank), 'LOCAL_RANK': str(rank), 'WORLD_SIZE': str(ranks)}
            env |= {'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': port}
        command = [sys.executable, '-W', 'ignore', SCRIPT, str(folder)]
        processes.append(subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True))
    for process in processes:
        _, errors = process.communicate(timeout=1800)
        assert process.returncode == 0, errors[-3000:]
    return [json.loads((folder / f'rank{rank}.json').read_text()) for rank in range(ranks)]


@pytest.mark.parametrize('start', ['fresh', 'resumed'])
@pytest.mark.parametrize('loader', LOADERS)
@pytest.mark.parametrize('ranks', [1, 2])
def test_every_sample_has_the_side_of_its_epoch(recorded, ranks, loader, start):
    epochs = ['0'] if start == 'fresh' else ['1', '2']
    for record in recorded[ranks]:
        sides = record[loader][start]
        assert list(sides) == epochs
        for epoch, seen in sides.items():
            assert seen == [patch_side(int(epoch), 2, [2, 1])] * (6 // ranks)


def test_copies_are_the_epoch_of_their_process():
    assert copy.deepcopy(EPOCH) is EPOCH
    assert pickle.loads(pickle.dumps(EPOCH)) is EPOCH


def test_generator_replays_and_streams_differ():
    EPOCH.set(2, seed=1)
    draw = sample_generator({'sample_idx': 5}, 'a').random(8)
    np.testing.assert_array_equal(sample_generator({'sample_idx': 5}, 'a').random(8), draw)
    others = [
        sample_generator({'sample_idx': 6}, 'a'),
        sample_generator({'sample_idx': 5}, 'b'),
        sample_generator({'sample_idx': 5, 'view': 1}, 'a'),
        sample_generator({'sample_idx': 5}, 'a', epoch=3),
    ]
    assert all((other.random(8) != draw).any() for other in others)
