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
import torch
from mmengine.dataset import BaseDataset, ConcatDataset, DefaultSampler, RepeatDataset
from mmengine.runner import Runner, set_random_seed
from mmpose.registry import DATA_SAMPLERS
from torch.utils.data import TensorDataset

import fifa_mm
from fifa_mm import EPOCH, EpochSampler, SharedEpoch, patch_side, sample_generator
from fifa_mm.epoch import DrawnIndex

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


def test_sampler_stands_for_the_default_one_and_draws_the_same():
    assert DATA_SAMPLERS.get('DefaultSampler') is DATA_SAMPLERS.get('EpochSampler') is EpochSampler
    assert fifa_mm.EpochSampler is EpochSampler
    dataset = TensorDataset(torch.zeros(11))
    for epoch in range(3):
        ours, stock = EpochSampler(dataset, seed=4), DefaultSampler(dataset, seed=4)
        ours.set_epoch(epoch)
        stock.set_epoch(epoch)
        assert list(ours) == list(stock)
        assert (EPOCH.get(), EPOCH.seed) == (epoch, 4)
    EPOCH.clear()


def test_building_a_sampler_for_validation_sets_nothing():
    EpochSampler(TensorDataset(torch.zeros(3)), seed=1)
    with pytest.raises(RuntimeError, match='epoch is unknown'):
        EPOCH.get()


def test_a_copy_shares_the_memory_and_a_pickle_reconnects():
    epoch = SharedEpoch()
    epoch.set(3, seed=9)
    assert copy.deepcopy(epoch) is epoch
    assert pickle.loads(pickle.dumps(epoch)) is EPOCH


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
    EPOCH.clear()


class Draws(BaseDataset):
    """Samples of one number each, drawn from the sample's generator; with or without an index."""

    def __init__(self, length=5, indexed=True):
        self.indexed = indexed
        super().__init__(
            data_root='', data_prefix={}, indices=length, pipeline=[], serialize_data=indexed
        )

    def load_data_list(self):
        return [{} for _ in range(self._indices)]

    def prepare_data(self, index):
        info = self.get_data_info(index)
        if not self.indexed:
            del info['sample_idx']
        return int(sample_generator(info, 'draw').integers(2**62))


def epochs(dataset, loader, seed=0, count=2):
    """The draws of a training's epochs in MMEngine's own dataloader, by drawn index."""
    set_random_seed(seed)
    loader = Runner.build_dataloader(
        {
            'dataset': dataset,
            'sampler': {'type': EpochSampler, 'shuffle': True},
            'batch_size': 2,
            **loader,
        },
        seed=seed,
    )
    results = []
    for epoch in range(count):
        loader.sampler.set_epoch(epoch)
        order = list(loader.sampler)
        drawn = [number for batch in loader for number in batch]
        results.append(dict(zip(order, drawn, strict=True)))
    EPOCH.clear()
    return results


MAIN = {'num_workers': 0}
WORKERS = {'num_workers': 2, 'persistent_workers': True}


@pytest.mark.parametrize(
    ('wrapped', 'length'),
    [
        (lambda: RepeatDataset(Draws(), 3), 15),
        (lambda: ConcatDataset([Draws(), Draws()]), 10),
    ],
)
def test_copies_of_a_sample_in_an_epoch_draw_independently(wrapped, length):
    first, second = found = epochs(wrapped(), MAIN)
    assert len(first) == length
    assert len({*first.values(), *second.values()}) == 2 * length
    assert epochs(wrapped(), WORKERS) == found


def test_an_ordinary_dataset_draws_by_the_index_of_its_samples():
    found = epochs(Draws(), MAIN)
    assert epochs(Draws(), WORKERS) == found
    EPOCH.set(1, seed=0)
    for index, number in found[1].items():
        assert number == int(sample_generator({'sample_idx': index}, 'draw').integers(2**62))
    EPOCH.clear()


@pytest.mark.parametrize('loader', [MAIN, WORKERS])
@pytest.mark.parametrize('times', [1, 3])
def test_samples_without_an_index_draw_independently(loader, times):
    def dataset():
        return RepeatDataset(Draws(indexed=False), times)

    found = epochs(dataset(), loader)
    drawn = [number for epoch in found for number in epoch.values()]
    assert len(set(drawn)) == len(drawn) == 10 * times
    assert epochs(dataset(), loader) == found
    assert epochs(dataset(), loader, seed=1) != found


def test_an_index_through_arithmetic_and_copies():
    index = DrawnIndex(17, 17)
    for same in ((index - 5) % 7, copy.deepcopy(index) % 3, pickle.loads(pickle.dumps(index))):
        assert same.drawn == 17
    assert (index - 5) % 7 == 5
    assert isinstance(index, int)
    assert [10, 20][DrawnIndex(1, 9)] == 20
