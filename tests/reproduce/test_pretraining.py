"""Pre-training on rendered faces, and cells that start from it."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS, MODELS

from fifa_mm.focus.epoch import EPOCH
from fifa_mm.reproduce.cell_config import cell_config, checkpoint_source, digest
from fifa_mm.reproduce.pretraining import initial_checkpoint
from fifa_mm.reproduce.profiles import PROFILES

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
NAMES = ('hrnet', 'slpt', 'fan', 'adnet', 'farl', 'vit', 'vit_hourglass')
CELLS = (
    'table7/hrnet_fifa.py',
    'table7/slpt.py',
    'table7/shfan.py',
    'table7/adnet.py',
    'table7/farl_fifa_siamese.py',
    'table3/components_vit.py',
    'table3/components_siamese.py',
)


def config_of(name):
    return Config.fromfile(CONFIGS / 'pretrain' / f'rendered_{name}.py')


def cell(path, **options):
    return cell_config(path, PROFILES['synthetic'], 128, 'cpu', **options)


@pytest.mark.parametrize('name', NAMES)
def test_a_network_starts(name):
    """One step on two faces changes its weights by a finite loss."""
    init_default_scope('mmpose')
    torch.manual_seed(0)
    EPOCH.set(0)
    cfg = config_of(name)
    faces = DATASETS.build({**cfg.train_dataloader.dataset, 'num_samples': 2})
    model = MODELS.build(cfg.model)
    model.init_weights()
    before = next(model.parameters()).clone()
    step = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    losses = model.train_step(pseudo_collate([faces[0], faces[1]]), step)
    assert torch.isfinite(losses['loss'])
    assert (next(model.parameters()) != before).any()


@pytest.mark.parametrize(('name', 'path'), zip(NAMES, CELLS, strict=True))
def test_a_cell_finds_the_training_of_its_network(name, path, tmp_path):
    with pytest.raises(FileNotFoundError, match=f'`fifa_mm train pretrain/rendered_{name} --work'):
        initial_checkpoint('rendered', cell(path).model, tmp_path)
    latest = tmp_path / f'rendered_{name}' / 'last_checkpoint'
    latest.parent.mkdir()
    latest.write_text('epoch_5.pth')
    assert initial_checkpoint('rendered', cell(path).model, tmp_path) == Path('epoch_5.pth')


def test_another_backbone_and_no_file_are_named(tmp_path):
    model = Config.fromfile(CONFIGS / 'demo.py').model
    with pytest.raises(ValueError, match='no config in configs/pretrain has the backbone ResNet'):
        initial_checkpoint('rendered', model, tmp_path)
    with pytest.raises(FileNotFoundError, match=r'no checkpoint none\.pth'):
        cell('table7/hrnet.py', init='none.pth')


def test_the_digest_and_the_plan_name_the_checkpoint(tmp_path):
    digests = {digest(cell('table7/hrnet.py'))}
    for content in (b'one', b'other'):
        (tmp_path / 'start.pth').write_bytes(content)
        cfg = cell('table7/hrnet.py', init=str(tmp_path / 'start.pth'))
        digests.add(digest(cfg))
        assert checkpoint_source(cfg) == str(tmp_path / 'start.pth')
        hook = {'type': 'InitialWeightsHook', 'checkpoint': str(tmp_path / 'start.pth')}
        assert cfg.default_hooks.init == hook
    assert len(digests) == 3
    moved = tmp_path / 'elsewhere' / 'start.pth'
    moved.parent.mkdir()
    moved.write_bytes(b'other')
    assert digest(cell('table7/hrnet.py', init=str(moved))) in digests
