"""Changes of a config reach every part that they are about, and no other."""

import copy

import pytest
from mmengine.config import Config

from fifa_mm.config_edits import input_size, set_arch, set_landmarks, set_size, step, steps
from fifa_mm.reproduce.profiles import CONFIGS


def load(name):
    return Config.fromfile(CONFIGS / name)


@pytest.mark.parametrize('name', ['hrnet', 'adnet', 'shfan', 'farl', 'slpt'])
def test_there_and_back_is_the_same_config(name):
    cfg = load(f'table7/{name}.py')
    own, size = copy.deepcopy(cfg), input_size(cfg)
    set_size(cfg, 128)
    assert input_size(cfg) == 128
    assert {s['input_size'] for s in steps(cfg, 'TopdownAffine', 'StandardAugment')} == {(128, 128)}
    set_size(cfg, size)
    assert cfg.to_dict() == own.to_dict()


def test_a_size_reaches_targets_heatmaps_and_backbone():
    cfg = load('table7/farl.py')
    set_size(cfg, 256)
    assert cfg.model.head.decoder.heatmap_size == (64, 64)
    assert step(cfg, 'GenerateTarget').encoder.heatmap_size == (64, 64)
    assert cfg.model.backbone.img_size == 224


def test_a_step_that_is_shared_changes_once():
    cfg = load('table7/hrnet.py').to_dict()
    cfg['test_dataloader'] = cfg['val_dataloader']
    assert len(steps(cfg, 'TopdownAffine')) == 2


@pytest.mark.parametrize('name', ['components_vit', 'components_hourglass'])
def test_a_smaller_preset_has_the_widths_of_the_128_pixel_configs(name):
    cfg = load(f'table3/{name}.py')
    set_arch(cfg.model, 'small')
    small = load(f'faces300w_vit_{name.partition("_")[2]}.py')
    for key in ('in_channels', 'deconv_out_channels'):
        assert cfg.model.head.get(key) == small.model.head.get(key)


def test_landmarks():
    cfg = load('table7/adnet_fifa.py')
    set_landmarks(cfg, 68)
    counts = [cfg.model.backbone, cfg.model.head.decoder, step(cfg, 'GenerateTarget').encoder]
    assert [part.num_landmarks for part in counts] == [68] * 3


def test_refuses():
    with pytest.raises(ValueError, match='size must be a multiple of 64, got 100'):
        set_size(load('table7/hrnet.py'), 100)
    with pytest.raises(ValueError, match="got 'FiducialFocus'"):
        step(load('table7/hrnet.py'), 'FiducialFocus')
