"""The sampler stands for the default one, sets the epoch, and its indices draw independently."""

import copy
import pickle

import pytest
import torch
from mmengine.dataset import BaseDataset, ConcatDataset, DefaultSampler, RepeatDataset
from mmengine.runner import Runner, set_random_seed
from mmpose.registry import DATA_SAMPLERS
from torch.utils.data import TensorDataset

import fifa_mm
from fifa_mm import EpochSampler
from fifa_mm.datasets.epoch_sampler import DrawnIndex
from fifa_mm.focus.epoch import EPOCH, sample_generator


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


def test_building_a_sampler_for_validation_sets_nothing():
    EpochSampler(TensorDataset(torch.zeros(3)), seed=1)
    with pytest.raises(RuntimeError, match='epoch is unknown'):
        EPOCH.get()


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
