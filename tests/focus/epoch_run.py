"""Trains a model of one number and writes, as JSON, the patch side that every sample came with.

Run by test_epoch.py in a process of its own: spawned dataloader workers import this file again.
For each loader, one run stops after the first epoch and a second one resumes from its checkpoint.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.dist import barrier
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from fifa_mm import FiducialFocus

PATCH_SIZE, INTERVAL, EPOCHS = 2, [2, 1], 3
LOADERS = {
    'no workers': {'num_workers': 0},
    'persistent, fork': {'persistent_workers': True, 'multiprocessing_context': 'fork'},
    'persistent, spawn': {'persistent_workers': True, 'multiprocessing_context': 'spawn'},
    'fork': {'multiprocessing_context': 'fork'},
    'spawn': {'multiprocessing_context': 'spawn'},
}


class Dots(BaseDataset):
    """White images with a landmark in the middle; gives the side of the black patch on it."""

    def load_data_list(self):
        return [{} for _ in range(6)]

    def prepare_data(self, index):
        results = self.get_data_info(index)
        results |= {'img': np.full((9, 9, 3), 255, np.uint8), 'keypoints': np.full((1, 1, 2), 4.0)}
        black = (self.pipeline(results)['img'] == 0).all(axis=2).sum()
        return {'side': torch.tensor(float(black) ** 0.5)}


class Number(BaseModel):
    def __init__(self):
        super().__init__()
        self.number = nn.Parameter(torch.ones(()))
        self.sides = []

    def forward(self, side, mode='tensor'):
        self.sides += side.tolist()
        return {'loss': self.number * side.mean()}


class RecordSides(Hook):
    def __init__(self, record):
        self.record = record

    def after_train_epoch(self, runner):
        self.record[str(runner.epoch)] = runner.model.sides
        runner.model.sides = []


def train(work_dir, loader, max_epochs, resume):
    record = {}
    runner = Runner(
        model=Number(),
        work_dir=work_dir,
        train_dataloader={
            'batch_size': 2,
            'num_workers': 2,
            **loader,
            'dataset': Dots(pipeline=[FiducialFocus(PATCH_SIZE, INTERVAL)]),
            'sampler': {'type': 'DefaultSampler', 'shuffle': True},
            'collate_fn': {'type': 'default_collate'},
        },
        train_cfg={'by_epoch': True, 'max_epochs': max_epochs},
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.0}},
        default_scope='mmpose',
        resume=resume,
        log_level='ERROR',
        experiment_name=f'run_{os.path.basename(work_dir)}_{resume}',
    )
    runner.register_hook(RecordSides(record), 'LOWEST')
    runner.train()
    return record


def main():
    folder, rank = Path(sys.argv[1]), os.environ.get('RANK', '0')
    if 'RANK' in os.environ:
        # MMEngine's own launcher wants a GPU; with the group there, its samplers split the data.
        torch.distributed.init_process_group('gloo')
    result = {}
    for number, (name, loader) in enumerate(LOADERS.items()):
        work_dir = str(folder / str(number))
        fresh = train(work_dir, loader, 1, False)
        barrier()
        resumed = train(work_dir, loader, EPOCHS, True)
        barrier()
        result[name] = {'fresh': fresh, 'resumed': resumed}
    (folder / f'rank{rank}.json').write_text(json.dumps(result))


if __name__ == '__main__':
    torch.set_num_threads(1)
    main()
