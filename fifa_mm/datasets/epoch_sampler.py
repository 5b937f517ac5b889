"""The sampler that tells the transforms the epoch."""

from collections.abc import Iterator

from mmengine.dataset import DefaultSampler
from mmpose.registry import DATA_SAMPLERS

from fifa_mm.focus.epoch import EPOCH


class DrawnIndex(int):
    """Index of a sample that remembers the one which the sampler drew.

    ``RepeatDataset`` takes the remainder and concatenated datasets the difference of an index, and
    hand the result on as ``sample_idx``: several samples of an epoch would have the same one.
    """

    drawn: int

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


@DATA_SAMPLERS.register_module()
class EpochSampler(DefaultSampler):
    """MMEngine's ``DefaultSampler``, which also tells the transforms the epoch.

    MMEngine's default ``DistSamplerSeedHook`` calls ``set_epoch`` before every training epoch,
    resumed ones too, while no worker is busy. It is registered in the place of
    ``DefaultSampler`` too, so that stock configs get it; the samples and their order are the same.
    """

    def set_epoch(self, epoch: int) -> None:
        super().set_epoch(epoch)
        EPOCH.set(epoch, self.seed)

    def __iter__(self) -> Iterator[int]:
        return (DrawnIndex(index, index) for index in super().__iter__())
