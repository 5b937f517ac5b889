"""Every cell on every data profile, at every size, with every recipe."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS, MODELS

from fifa_mm.config_edits import input_size
from fifa_mm.files import read_json
from fifa_mm.focus.epoch import EPOCH
from fifa_mm.reproduce.cell_config import cell_config, digest, needs_vit_weights
from fifa_mm.reproduce.profiles import CONFIGS, INTER_OCULAR, PROFILES
from fifa_mm.reproduce.recipes import RECIPES, Recipe
from fifa_mm.reproduce.tables import TABLES

CELLS = [cell for table in TABLES.values() for cell in table.cells]
ROWS = ('hrnet', 'adnet', 'shfan', 'farl', 'slpt')
ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted((ROOT / 'results' / 'table7' / 'faces300w_128_cpu').glob('*_seed*.json'))


def plain(path):
    return Config.fromfile(CONFIGS / path).to_dict()


def steps(cfg, name, split='train'):
    pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
    return [step for step in pipeline if step.type == name]


@pytest.mark.parametrize(
    ('epochs', 'drops'), [(5, [4, 5]), (8, [6, 7]), (10, [7, 9]), (30, [21, 27])]
)
def test_the_rate_falls_after_seven_and_nine_tenths(epochs, drops):
    """Of five epochs the last has a tenth of the rate, not a hundredth: a half rounds up."""
    _, decay = Recipe(epochs).schedule()
    assert decay['milestones'] == drops


@pytest.mark.parametrize(
    ('profile', 'config'),
    [
        ('300w', 'table1/fifa_300w.py'),
        ('aflw', 'table1/fifa_aflw.py'),
        ('wflw', 'table2/fifa_wflw.py'),
    ],
)
def test_moved_to_other_data_a_cell_is_that_data_s_own_config(profile, config):
    moved = cell_config('table1/fifa_cofw.py', PROFILES[profile]).to_dict()
    own = plain(config)
    for split in ('train', 'val', 'test'):
        assert moved[f'{split}_dataloader'] == own[f'{split}_dataloader']
    assert moved['model'] == own['model']
    assert moved['test_evaluator'] == own['test_evaluator']
    assert moved['optim_wrapper'] == own['optim_wrapper']


@pytest.mark.parametrize('row', ROWS)
def test_full_recipe_on_its_own_data_leaves_a_cell_as_it_is(row):
    cfg, own = (
        cell_config(f'table7/{row}.py', PROFILES['cofw']).to_dict(),
        plain(f'table7/{row}.py'),
    )
    assert cfg['model'] == own['model']
    pipelines = [c['train_dataloader']['dataset']['pipeline'] for c in (cfg, own)]
    assert pipelines[0] == pipelines[1]
    for key in ('optim_wrapper', 'param_scheduler', 'train_cfg', 'custom_hooks'):
        assert cfg[key] == own[key]
    assert cfg['auto_scale_lr'] == {**own['auto_scale_lr'], 'enable': True}


@pytest.mark.parametrize('cell', CELLS, ids=lambda cell: cell.config)
def test_every_cell_has_a_config_that_fits_the_short_recipe(cell):
    cfg = cell_config(cell.config, PROFILES['faces300w'], 256, 'short')
    assert input_size(cfg) == 256
    assert cfg.train_cfg.max_epochs == RECIPES['short'].epochs
    assert cfg.train_dataloader.dataset.ann_file == 'annotations/faces300w_train.json'
    assert cfg.val_dataloader.dataset.ann_file == 'annotations/faces300w_dev.json'
    assert cfg.test_dataloader.dataset.ann_file == 'annotations/faces300w_test_helen.json'
    assert all(step.interval == 1 for step in steps(cfg, 'FiducialFocus'))
    assert cfg.default_hooks.report.per_face
    assert not any(hook.type == 'EMAHook' for hook in cfg.custom_hooks)
    assert cfg.model.backbone.get('init_cfg') is None


@pytest.mark.parametrize('size', [128, 256, 512])
def test_known_sizes(size):
    hrnet = cell_config('table7/hrnet.py', PROFILES['wflw'], size)
    assert hrnet.model.head.decoder.input_size == (size, size)
    assert hrnet.model.head.decoder.heatmap_size == (size // 4, size // 4)
    assert steps(hrnet, 'TopdownAffine', 'val')[0].input_size == (size, size)
    assert hrnet.model.head.out_channels == 98
    farl = cell_config('table7/farl.py', PROFILES['aflw'], size)
    assert farl.model.backbone.img_size == size * 448 // 512
    assert farl.model.head.out_channels == 19


def test_slpt_starts_from_the_mean_shape_of_its_training_faces(real_faces, monkeypatch):
    monkeypatch.chdir(CONFIGS.parent)
    slpt = cell_config('table7/slpt.py', PROFILES['faces300w'], 128, 'cpu')
    shape = np.array(slpt.model.head.mean_shape)
    assert shape.shape == (68, 2)
    assert np.ptp(shape, 0).max() == pytest.approx(256 / 1.2, abs=0.01)
    assert steps(slpt, 'GetBBoxCenterScale')[0].padding == 1.2
    cofw = cell_config('table7/slpt.py', PROFILES['cofw29'], 128, 'cpu')
    assert len(cofw.model.head.mean_shape) == 29
    assert steps(cofw, 'GetBBoxCenterScale', 'test')[0].padding == 1.2


class Rendered:
    """A profile of rendered faces with any number of landmarks."""

    context = 1.25

    def __init__(self, num_landmarks):
        faces = {'type': 'SyntheticFaces', 'num_landmarks': num_landmarks, 'num_samples': 2}
        faces = Config(faces)
        self.faces = {f'{split}_faces': faces for split in ('train', 'val', 'test')}
        self.faces |= {'num_landmarks': num_landmarks, 'evaluator': INTER_OCULAR}

    def load(self):
        return self.faces

    def missing(self):
        return []


@pytest.mark.parametrize('num_landmarks', [19, 98])  # their own configs have 29
@pytest.mark.parametrize('row', ROWS)
def test_a_training_step_with_any_number_of_landmarks(row, num_landmarks):
    """The Siamese cell, which goes through every part of the other two."""
    init_default_scope('mmpose')
    torch.manual_seed(0)
    cfg = cell_config(f'table7/{row}_fifa_siamese.py', Rendered(num_landmarks), 128, 'cpu')
    dataset = DATASETS.build(copy.deepcopy(cfg.train_dataloader.dataset))
    EPOCH.set(0, 0)
    batch = pseudo_collate([dataset[0], dataset[1]])
    model = MODELS.build(copy.deepcopy(cfg.model))
    data = model.data_preprocessor(batch, True)
    losses = model(**data, mode='loss')
    total, logged = model.parse_losses(losses)
    assert torch.isfinite(total)
    assert any('view' in name for name in logged)
    model.eval()
    face = DATASETS.build(copy.deepcopy(cfg.test_dataloader.dataset))[0]
    with torch.no_grad():
        [sample] = model(**model.data_preprocessor(pseudo_collate([face])), mode='predict')
    assert sample.pred_instances.keypoints.shape == (1, num_landmarks, 2)


def test_digest_is_of_what_is_trained_and_measured():
    base = cell_config('table7/hrnet.py', PROFILES['cofw'])
    base.randomness = {'seed': 0}
    same = base.copy()
    same.randomness = {'seed': 7}
    assert digest(base) == digest(same)
    other = cell_config('table7/hrnet_fifa.py', PROFILES['cofw'])
    other.randomness = {'seed': 0}
    assert digest(base) != digest(other)


@pytest.mark.usefixtures('real_faces')  # SLPT's mean shape is theirs
@pytest.mark.parametrize('path', RECORDS, ids=lambda path: path.stem)
def test_records_are_of_todays_configs(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    record = read_json(path)
    (cell,) = TABLES[record['table']].select(record['cell'])
    cfg = cell_config(cell.config, PROFILES[record['data']], record['size'], record['recipe'])
    assert digest(cfg) == record['config_digest']


def test_vit_weights_go_to_the_vits():
    paper = cell_config('table3/components_siamese.py', PROFILES['cofw'], vit_weights='farl.pth')
    assert paper.model.backbone.init_cfg == {'type': 'Pretrained', 'checkpoint': 'farl.pth'}
    assert not needs_vit_weights(paper)
    assert needs_vit_weights(cell_config('table3/components_siamese.py', PROFILES['cofw']))
    hrnet = cell_config('table7/hrnet.py', PROFILES['cofw'], vit_weights='farl.pth')
    assert hrnet.model.backbone.init_cfg.checkpoint == 'open-mmlab://msra/hrnetv2_w18'


def test_bad_input():
    with pytest.raises(ValueError, match=r'size must be .* a multiple of 128 or None, got 100'):
        cell_config('table7/hrnet.py', PROFILES['cofw'], 100)
    with pytest.raises(ValueError, match="vit_weights are for arch 'base', 'cpu' has 'small'"):
        cell_config('table3/components_vit.py', PROFILES['cofw'], 128, 'cpu', 'farl.pth')


def test_missing_data_is_named():
    missing = [str(path) for path in PROFILES['wflw'].missing()]
    assert 'data/wflw/annotations/face_landmarks_wflw_test_blur.json' in missing
    assert 'data/wflw/images' in missing
    assert PROFILES['synthetic'].missing() == []
