"""The training epoch, known to every transform in every dataloader worker.

A persistent worker keeps the dataset it was born with, so an attribute set in the main process
never reaches it. Here the epoch lives in shared memory: the sampler writes it in the main process
before every epoch, the transforms read it wherever they run.
"""

import multiprocessing.context
import zlib
from collections.abc import Iterator

import numpy as np
import torch
from mmengine.dataset import DefaultSampler
from mmpose.registry import DATA_SAMPLERS

UNKNOWN = -1


class SharedEpoch:
    """Epoch and seed of the running training, in memory shared with the dataloader workers.

    There is one per process, :data:`EPOCH`; a transform keeps a reference to it. A forked worker
    inherits the memory and a spawned one receives its handle. A copy made any other way
    (``pickle`` to a file, a task queue) reconnects to the ``EPOCH`` of the process that loads it,
    which does not know the epoch until a sampler there sets it: never a stale number.

    No sampler learns that a training has ended: in that process the last epoch stays until
    :meth:`clear`.
    """

    def __init__(self, state=None):
        self._state = torch.tensor([UNKNOWN, 0]).share_memory_() if state is None else state

    def set(self, epoch, seed=0):
        """Write the epoch, counted from 0, and the seed that the samples' generators start from."""
        self._state[0], self._state[1] = epoch, seed

    def clear(self):
        """Forget the epoch."""
        self._state[0] = UNKNOWN

    @property
    def seed(self):
        return int(self._state[1])

    def get(self):
        """The epoch, counted from 0.

        Raises:
            RuntimeError: nobody has set it.
        """
        epoch = int(self._state[0])
        if epoch == UNKNOWN:
            raise RuntimeError(
                'the training epoch is unknown: use '
                "`train_dataloader = dict(sampler=dict(type='fifa_mm.EpochSampler'))` and an "
                'epoch-based loop (`train_cfg = dict(by_epoch=True)`), or give the transform a '
                'fixed `epoch=` to browse a dataset without training'
            )
        return epoch

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        if multiprocessing.context.get_spawning_popen() is None:
            return _process_epoch, ()
        return SharedEpoch, (self._state,)


EPOCH = SharedEpoch()


def _process_epoch():
    return EPOCH


class DrawnIndex(int):
    """Index of a sample that remembers the one which the sampler drew.

    ``RepeatDataset`` takes the remainder and concatenated datasets the difference of an index, and
    hand the result on as ``sample_idx``: several samples of an epoch would have the same one.
    """

    def __new__(cls, index: int, drawn: int) -> 'DrawnIndex':
        self = super().__new__(cls, index)
        self.drawn = drawn
        return self

    def __mod__(self, other: int) -> 'DrawnIndex':
        return DrawnIndex(int(self) % other, self.drawn)

    def __sub__(self, other: int) -> 'DrawnIndex':
        return DrawnIndex(int(self) - other, self.drawn)

    def __reduce__(self) -> tuple:
        return DrawnIndex, (int(self), self.drawn)


@DATA_SAMPLERS.register_module(['DefaultSampler', 'EpochSampler'])
class EpochSampler(DefaultSampler):
    """MMEngine's ``DefaultSampler``, which also tells the transforms the epoch.

    MMEngine's default ``DistSamplerSeedHook`` calls ``set_epoch`` before every training epoch,
    resumed ones too, while no worker is busy. The class answers to the name ``DefaultSampler`` in
    MMPose's registry, so stock configs get it; the samples and their order are the same.
    """

    def set_epoch(self, epoch: int) -> None:
        super().set_epoch(epoch)
        EPOCH.set(epoch, self.seed)

    def __iter__(self) -> Iterator[int]:
        return (DrawnIndex(index, index) for index in super().__iter__())


def sample_generator(
    results: dict, stream: str, shared: SharedEpoch = EPOCH, epoch: int | None = None
) -> np.random.Generator:
    """The random generator of one sample.

    Its draws depend on seed, epoch, view, stream and the index that :class:`EpochSampler` drew,
    whatever the number of workers and processes. Different indices of an epoch draw independently,
    also where ``RepeatDataset``, ``ConcatDataset`` or ``CombinedDataset`` give them one
    ``sample_idx``. A wrapper that looks the index up in a table, as ``ClassBalancedDataset`` does,
    leaves the ``sample_idx`` alone to go by.

    A sample without ``sample_idx`` draws from NumPy's global generator instead, which MMEngine
    seeds in every worker: independent of the others, the same in every run with as many workers.

    Args:
        results: pipeline results; ``sample_idx`` (added by MMEngine's datasets) names the sample,
            ``view`` one of several draws of it, 0 where absent.
        stream: name of the consumer, so that two transforms draw independently.
        shared: where the epoch and the seed are read.
        epoch: fixed epoch instead of the shared one.
    """
    epoch = shared.get() if epoch is None else epoch
    index = results.get('sample_idx')
    if index is None:
        index = np.random.randint(2**31)  # noqa: NPY002  (what MMEngine seeds)
    key = [shared.seed, epoch, getattr(index, 'drawn', index), results.get('view', 0)]
    return np.random.default_rng([*key, zlib.crc32(stream.encode())])
