"""Table 7: what its configs say, row by row."""

import pytest
import torch
from mmengine.config import Config
from mmpose.registry import MODELS

SYSTEMS = ('hrnet', 'adnet', 'shfan', 'farl', 'slpt')
# ADNet and SLPT without the layers that are registered but never used (reference 7.2, 7.5).
PARAMETERS = {
    'hrnet': 9_643_829,
    'adnet': 13_225_028,
    'shfan': 12_076_474,
    'farl': 161_201_693,
    'slpt': 13_159_052 - 512,
}


@pytest.mark.parametrize('name', SYSTEMS)
def test_parameters(load_table7, name):
    with torch.device('meta'):
        model = MODELS.build(load_table7(name).model)
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS[name]


@pytest.mark.parametrize('name', SYSTEMS)
def test_fifa_adds_one_step_and_siamese_a_view_and_a_model(load_table7, name):
    baseline, fifa, siamese = (
        load_table7(name + suffix).to_dict() for suffix in ('', '_fifa', '_fifa_siamese')
    )
    steps = [step['type'] for step in baseline['train_dataloader']['dataset']['pipeline']]
    place = steps.index('GenerateTarget')
    assert 'FiducialFocus' not in steps
    for cfg, step in (
        (fifa, {'type': 'FiducialFocus'}),
        (siamese, {'type': 'FiducialFocus', 'views': 2}),
    ):
        assert cfg['train_dataloader']['dataset']['pipeline'].pop(place) == step
    assert siamese['model'].pop('type') == 'SiamesePoseEstimator'
    assert siamese['model'].pop('view_ratio', 0.1) == (None if name == 'farl' else 0.1)
    assert fifa['model']['type'] == 'TopdownPoseEstimator'
    siamese['model'] = {'type': 'TopdownPoseEstimator', **siamese['model']}
    assert fifa == baseline
    assert siamese == baseline


@pytest.mark.parametrize('name', SYSTEMS)
def test_patches_are_painted_last_on_the_cropped_image(load_table7, name):
    steps = [step['type'] for step in load_table7(f'{name}_fifa').train_dataloader.dataset.pipeline]
    assert steps[-3:] == ['FiducialFocus', 'GenerateTarget', 'PackPoseInputs']
    assert len({'TopdownAffine', 'StandardAugment'} & set(steps)) == 1


@pytest.mark.parametrize('name', SYSTEMS)
def test_targets_are_those_that_are_decoded(load_table7, name):
    cfg = load_table7(name)
    codec = cfg.model.head.decoder
    encoders = [s.encoder for s in cfg.train_dataloader.dataset.pipeline if 'encoder' in s]
    assert encoders == [codec]
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        assert loader.dataset.type == 'COFWDataset'
        sizes = [s.input_size for s in loader.dataset.pipeline if 'input_size' in s]
        assert sizes == [codec.input_size]
    assert cfg.val_evaluator == {'type': 'FaceLandmarkMetric', 'protocol': 'inter-ocular'}


def test_hrnet_is_mmposes(load_table7):
    path = 'mmpose::face_2d_keypoint/topdown_heatmap/cofw/'
    path += 'td-hm_hrnetv2-w18_8xb64-60e_cofw-256x256.py'
    stock = Config.fromstring(f"_base_ = ['{path}']", '.py')
    ours = load_table7('hrnet')
    for key in set(stock) - {'val_evaluator', 'test_evaluator'}:
        assert ours[key] == stock[key], key


def test_recipes(load_table7):
    adnet, fan, farl, slpt = (load_table7(name) for name in SYSTEMS[1:])
    assert fan.model.head.decoder.type == 'MSRAHeatmap'
    assert not fan.model.head.decoder.get('unbiased')
    assert fan.model.head.loss.type == 'KeypointMSELoss'
    assert fan.model.backbone.num_stacks == 2
    assert (farl.model.head.decoder.sigma, farl.train_cfg.max_epochs) == (1.25, 250)
    assert [t['type'] for t in farl.train_dataloader.dataset.pipeline] == [
        'LoadImage',
        'GetBBoxCenterScale',
        'StandardAugment',
        'GenerateTarget',
        'PackPoseInputs',
    ]
    for cfg, epochs, milestones in ((adnet, 500, [200, 350, 450]), (slpt, 120, [80, 100])):
        assert cfg.train_cfg.max_epochs == epochs
        assert cfg.param_scheduler[0].milestones == milestones
        assert cfg.optim_wrapper.optimizer == {'type': 'Adam', 'lr': 1e-3}
        assert cfg.train_dataloader.batch_size == 32
