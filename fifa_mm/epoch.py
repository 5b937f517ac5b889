"""The training epoch, known to every transform in every dataloader worker.

A persistent worker keeps the dataset it was born with, so an attribute set in the main process
never reaches it. Here the epoch lives in shared memory: the sampler writes it in the main process
before every epoch, the transforms read it wherever they run.
"""

import multiprocessing.context
import zlib

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


@DATA_SAMPLERS.register_module(['DefaultSampler', 'EpochSampler'])
class EpochSampler(DefaultSampler):
    """MMEngine's ``DefaultSampler``, which also tells the transforms the epoch.

    MMEngine's default ``DistSamplerSeedHook`` calls ``set_epoch`` before every training epoch,
    resumed ones too, while no worker is busy. The class answers to the name ``DefaultSampler`` in
    MMPose's registry, so stock configs get it; the samples and their order are the same.
    """

    def set_epoch(self, epoch):
        super().set_epoch(epoch)
        EPOCH.set(epoch, self.seed)


def sample_generator(results, stream, shared=EPOCH, epoch=None):
    """The random generator of one sample: the same for the same seed, epoch, sample and view.

    Args:
        results (dict): Pipeline results; ``sample_idx`` (added by MMEngine's datasets) names the
            sample and ``view`` one of several draws of the same sample, both 0 where absent.
        stream (str): Name of the consumer, so that two transforms draw independently.
        shared (SharedEpoch): Where the epoch and the seed are read.
        epoch (int, optional): Fixed epoch instead of the shared one.

    Returns:
        numpy.random.Generator
    """
    epoch = shared.get() if epoch is None else epoch
    key = [shared.seed, epoch, results.get('sample_idx', 0), results.get('view', 0)]
    return np.random.default_rng([*key, zlib.crc32(stream.encode())])
