"""The training epoch, known to every transform in every dataloader worker.

A persistent worker keeps the dataset it was born with, so an attribute set in the main process
never reaches it. Here the epoch lives in memory that a process shares with its workers: it is
written in the main process before every epoch, the transforms read it wherever they run.
"""

import multiprocessing.context
import multiprocessing.sharedctypes
import zlib

import numpy as np

from fifa_mm.checks import integer

UNKNOWN = -1


class SharedEpoch:
    """Epoch and seed of the running training, in memory shared with the dataloader workers.

    There is one a process, :data:`EPOCH`; a transform keeps a reference to it. A forked worker
    inherits the memory; a spawned one receives its handle and makes it that of its own ``EPOCH``,
    so that transforms which it copies or makes anew read it too. A copy made any other way
    (``pickle`` to a file, a task queue) is the ``EPOCH`` of the process that loads it, which does
    not know the epoch until it is set there: never a stale number.

    Nobody says that a training has ended: in that process the last epoch stays until
    :meth:`clear`.
    """

    def __init__(self) -> None:
        self._state = multiprocessing.sharedctypes.RawArray('q', [UNKNOWN, 0])

    def set(self, epoch: int, seed: int = 0) -> None:
        """Write the epoch, counted from 0, and the seed that the samples' generators start from."""
        integer('epoch', epoch, 0)
        self._state[:] = [epoch, seed]

    def clear(self) -> None:
        """Forget the epoch."""
        self._state[0] = UNKNOWN

    @property
    def seed(self) -> int:
        return self._state[1]

    def get(self) -> int:
        """The epoch, counted from 0.

        Raises:
            RuntimeError: nobody has set it.
        """
        epoch = self._state[0]
        if epoch == UNKNOWN:
            raise RuntimeError(
                'the training epoch is unknown. In MMPose use '
                "`train_dataloader = dict(sampler=dict(type='fifa_mm.EpochSampler'))` and an "
                'epoch-based loop (`train_cfg = dict(by_epoch=True)`), or give the transform a '
                'fixed `epoch=` to browse a dataset without training; elsewhere call '
                '`fifa_mm.set_epoch(epoch)` before every epoch'
            )
        return epoch

    def __deepcopy__(self, memo: dict) -> 'SharedEpoch':
        return self

    def __reduce__(self) -> tuple:
        if multiprocessing.context.get_spawning_popen() is None:
            return _process_epoch, ()
        return _shared_with_parent, (self._state,)


EPOCH = SharedEpoch()


def set_epoch(epoch: int, seed: int = 0) -> None:
    """Say which epoch begins, to all transforms of this process and its dataloader workers.

    :class:`fifa_mm.EpochSampler` does it in MMPose. Elsewhere call it before every epoch.

    Args:
        epoch: Counted from 0.
        seed: What random draws start from, see :func:`sample_generator`.
    """
    EPOCH.set(epoch, seed)


def _process_epoch() -> SharedEpoch:
    return EPOCH


def _shared_with_parent(state: multiprocessing.sharedctypes.SynchronizedArray) -> SharedEpoch:
    EPOCH._state = state
    return EPOCH


def sample_generator(results: dict, stream: str, epoch: int | None = None) -> np.random.Generator:
    """The random generator of one sample.

    Its draws depend on seed, epoch, view, stream and the index that :class:`fifa_mm.EpochSampler`
    drew, whatever the number of workers and processes. Different indices of an epoch draw
    independently, also where ``RepeatDataset``, ``ConcatDataset`` or ``CombinedDataset`` give them
    one ``sample_idx``. A wrapper that looks the index up in a table, as ``ClassBalancedDataset``
    does, leaves the ``sample_idx`` alone to go by.

    A sample without ``sample_idx`` draws from NumPy's global generator instead, which MMEngine
    seeds in every worker: independent of the others, the same in every run with as many workers.

    Args:
        results: pipeline results; ``sample_idx`` (added by MMEngine's datasets) names the sample,
            ``view`` one of several draws of it, 0 where absent.
        stream: name of the consumer, so that two transforms draw independently.
        epoch: fixed epoch instead of the shared one.
    """
    epoch = EPOCH.get() if epoch is None else epoch
    index = results.get('sample_idx')
    if index is None:
        index = np.random.randint(2**31)  # noqa: NPY002  (what MMEngine seeds)
    key = [EPOCH.seed, epoch, getattr(index, 'drawn', index), results.get('view', 0)]
    return np.random.default_rng([*key, zlib.crc32(stream.encode())])
