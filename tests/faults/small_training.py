"""A training of two numbers, in hundredths of a second, that MMEngine runs like any other.

Its loss depends on the epoch and the seed alone, so that an interrupted and resumed training ends
with the very weights of one that ran through.
"""

import itertools
from pathlib import Path
from unittest import mock

import torch
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmengine.runner import runner as host
from mmpose.registry import DATASETS, METRICS, MODELS
from torch import nn

import fifa_mm  # noqa: F401  (registers)

EPOCHS, STEPS = 6, 2
COUNTER = itertools.count()


@MODELS.register_module(force=True)
class Numbers(BaseModel):
    """Two numbers that follow the data, and ``extra`` of them that only take space."""

    def __init__(self, extra: int = 0):
        super().__init__()
        self.numbers = nn.Parameter(torch.ones(2))
        self.register_buffer('steps', torch.zeros((), dtype=torch.int64))
        self.register_buffer('extra', torch.zeros(extra))

    def forward(self, value, mode='tensor'):
        if mode == 'loss':
            self.steps += 1
            return {'loss': ((self.numbers * value - 1) ** 2).sum()}
        return [int(self.steps) // STEPS]


@DATASETS.register_module(force=True)
class Values(BaseDataset):
    def load_data_list(self):
        return [{'value': 0.5 + 0.1 * index} for index in range(4)]

    def prepare_data(self, index):
        return {'value': torch.tensor(self.get_data_info(index)['value'])}


@METRICS.register_module(force=True)
class Zigzag(BaseMetric):
    """A score that is better than all before after every odd epoch, and worse after an even one."""

    def process(self, data_batch, data_samples):
        self.results.append(data_samples[0])

    def compute_metrics(self, results):
        epoch = float(results[0])
        return {'NME': -epoch if epoch % 2 else epoch}


def loader(shuffle: bool, workers: int = 0) -> dict:
    return {
        'batch_size': 2,
        'num_workers': workers,
        'persistent_workers': workers > 0,
        'dataset': {'type': 'Values'},
        'sampler': {'type': 'DefaultSampler', 'shuffle': shuffle},
        'collate_fn': {'type': 'default_collate'},
    }


class PlainConfig(Config):
    """A config that is not laid out for every checkpoint, which takes longer than the training."""

    @property
    def pretty_text(self):
        return repr(self._cfg_dict)


class PlainRunner(Runner):
    """A runner that starts no compilers and no git to describe the environment."""

    def _log_env(self, env_cfg):
        pass

    def save_checkpoint(self, *arguments, **options):
        with mock.patch.object(host, 'get_git_hash', str):
            super().save_checkpoint(*arguments, **options)


def build(
    work_dir: Path,
    resume: bool = True,
    epochs: int = EPOCHS,
    keep: int = 2,
    workers: int = 0,
    extra: int = 0,
) -> Runner:
    """A runner whose hooks are those of ``fifa_mm train``, pictures excepted."""
    checkpoint = {'interval': 1, 'max_keep_ckpts': keep, 'save_best': 'NME', 'rule': 'less'}
    config = {
        'model': {'type': 'Numbers', 'extra': extra},
        'work_dir': str(work_dir),
        'train_dataloader': loader(True, workers),
        'val_dataloader': loader(False),
        'val_evaluator': {'type': 'Zigzag'},
        'train_cfg': {'by_epoch': True, 'max_epochs': epochs, 'val_interval': 1},
        'val_cfg': {},
        'optim_wrapper': {'optimizer': {'type': 'Adam', 'lr': 0.1}},
        'default_hooks': {
            'checkpoint': {'type': 'CheckpointHook', **checkpoint},
            'report': {'type': 'RunReportHook'},
        },
        'randomness': {'seed': 0},
        'default_scope': 'mmpose',
        'log_level': 'ERROR',
        'experiment_name': f'{Path(work_dir).name}_{next(COUNTER)}',
        'resume': resume,
    }
    return PlainRunner.from_cfg(PlainConfig(config))
