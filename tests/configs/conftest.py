"""Table 7's systems, narrowed so that a training step takes a fraction of a second."""

import copy
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from fifa_mm.config_edits import set_size

TABLE7 = Path(__file__).resolve().parents[2] / 'configs' / 'table7'
BRANCHES = (8, 16, 32, 64)


HRNET = {
    'stage1': {'num_blocks': (1,), 'num_channels': (16,)},
    'stage2': {'num_modules': 1, 'num_blocks': (1,) * 2, 'num_channels': BRANCHES[:2]},
    'stage3': {'num_modules': 1, 'num_blocks': (1,) * 3, 'num_channels': BRANCHES[:3]},
    'stage4': {'num_modules': 1, 'num_blocks': (1,) * 4, 'num_channels': BRANCHES},
}
NARROW = {
    'hrnet': {
        'backbone': {'extra': HRNET, 'init_cfg': None},
        'head': {'in_channels': sum(BRANCHES), 'conv_out_channels': (32,)},
    },
    'adnet': {'backbone': {'channels': 64, 'stacks': 2, 'depth': 2}},
    'shfan': {'backbone': {'channels': 48, 'depth': 2}, 'head': {'in_channels': 48}},
    'farl': {
        'backbone': {
            'arch': {'_delete_': True, 'width': 48, 'depth': 4, 'heads': 3},
            'out_indices': (0, 1, 2, 3),
        },
        'neck': {'in_channels': 48},
        'head': {'in_channels': 48, 'channels': 48},
    },
    'slpt': {
        'backbone': {'extra': HRNET, 'init_cfg': None},
        'head': {
            'in_channels': sum(BRANCHES),
            'conv_channels': (32,),
            'channels': 48,
            'num_layers': 2,
            'num_heads': 4,
            'feedforward_channels': 128,
        },
    },
}


def load(name):
    """A config of Table 7 by its file name."""
    init_default_scope('mmpose')
    return Config.fromfile(TABLE7 / f'{name}.py')


def narrow(name, side=64):
    """A config of Table 7 with tens of thousands of parameters, for ``side`` x ``side`` pixels."""
    cfg = load(name)
    set_size(cfg, side)
    cfg.merge_from_dict({'model': copy.deepcopy(NARROW[name.split('_')[0]])})
    return cfg


@pytest.fixture
def load_table7():
    """``load`` of this file."""
    return load


@pytest.fixture
def narrow_table7():
    """``narrow`` of this file."""
    return narrow


@pytest.fixture
def wide_table7():
    """A config of the name given for ``side`` x ``side`` pixels, as wide as it is."""

    def resized(name, side):
        cfg = load(name)
        set_size(cfg, side)
        return cfg

    return resized
