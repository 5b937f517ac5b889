"""Every config is short, parses, and builds: model, pipelines, metrics, hooks."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import HOOKS, DefaultScope
from mmpose.registry import METRICS, MODELS

from fifa_mm.config_check import check_views
from fifa_mm.predict.torch_network import dataset_type

CONFIGS = Path(__file__).resolve().parents[1] / 'configs'
WHOLE_RECIPES = ('faces300w_hrnet_128.py', 'resnet18_96.py', 'embedded.py')
LEAVES = sorted(path for path in CONFIGS.rglob('*.py') if '_base_' not in path.parts)


def name(path):
    return str(path.relative_to(CONFIGS))


@pytest.mark.parametrize('path', LEAVES, ids=name)
def test_builds(path):
    config = Config.fromfile(path)
    with DefaultScope.overwrite_default_scope(config.default_scope), torch.device('meta'):
        MODELS.build(config.model)
        Compose(config.train_dataloader.dataset.pipeline)
        Compose(config.val_dataloader.dataset.pipeline)
        Compose(config.test_dataloader.dataset.pipeline)
        for evaluator in (config.val_evaluator, config.test_evaluator):
            for metric in evaluator if isinstance(evaluator, list) else [evaluator]:
                METRICS.build(metric)
        for hook in set(config.default_hooks) - {'visualization', 'badcase'}:
            HOOKS.build(config.default_hooks[hook])
    check_views(config)
    assert 'fifa_mm' in config.custom_imports.imports
    assert config.data_mode == 'topdown'
    assert config.dataset_type == dataset_type(config.train_dataloader.dataset)
    checkpoint = config.default_hooks.checkpoint
    assert (checkpoint.save_best, checkpoint.rule) == ('NME', 'less')
    assert (checkpoint.interval, checkpoint.max_keep_ckpts) == (1, 2)


@pytest.mark.parametrize('path', LEAVES, ids=name)
def test_maps_of_mirrored_faces_are_shifted_where_the_codec_needs_it(path):
    """Place i of MSRA's maps is pixel i * stride: mirrored, a place less one pixel of the input."""
    model = Config.fromfile(path).model
    shifted = (model.get('test_cfg') or {}).get('shift_heatmap', False)
    assert shifted == (model.head.decoder.type == 'MSRAHeatmap')


@pytest.mark.parametrize('path', LEAVES, ids=name)
def test_states_only_what_differs(path):
    lines = [line.strip() for line in path.read_text().splitlines()]
    stated = [line for line in lines if line and not line.startswith('#')]
    assert len(stated) <= 20 or path.name in WHOLE_RECIPES
    assert any(line.startswith('_base_') for line in stated)
