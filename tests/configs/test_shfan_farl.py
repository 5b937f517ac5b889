"""Table 7's HRNet, SH-FAN and FaRL rows: what their configs say, and that they learn real faces."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed
from mmpose.registry import DATASETS, MODELS

from fifa_mm.metrics.functional import nme, normalizer

CONFIGS = Path(__file__).resolve().parents[2] / 'configs' / 'table7'
SYSTEMS = ('hrnet', 'shfan', 'farl')
PARAMETERS = {'hrnet': 9_643_829, 'shfan': 12_076_474, 'farl': 161_201_693}


def load(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


@pytest.mark.parametrize('name', SYSTEMS)
def test_parameters(name):
    init_default_scope('mmpose')
    with torch.device('meta'):
        model = MODELS.build(load(name).model)
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS[name]


@pytest.mark.parametrize('name', SYSTEMS)
def test_fifa_is_one_line_and_siamese_one_more(name):
    codes = {}
    for suffix in ('_fifa', '_fifa_siamese'):
        text = (CONFIGS / f'{name}{suffix}.py').read_text()
        codes[suffix] = [line for line in text.splitlines()[1:] if line]
    base, line = codes['_fifa']
    assert base == f"_base_ = '{name}.py'"
    assert codes['_fifa_siamese'] == [
        base,
        line.replace("'FiducialFocus'", "'FiducialFocus', views=2"),
        "model = dict(type='SiamesePoseEstimator')",
    ]
    baseline = load(name)
    plain = baseline.train_dataloader.dataset.pipeline
    assert 'FiducialFocus' not in [t['type'] for t in plain]
    for suffix, step in (('_fifa', {}), ('_fifa_siamese', {'views': 2})):
        cfg = load(name + suffix)
        pipeline = cfg.train_dataloader.dataset.pipeline
        after = [t['type'] for t in pipeline].index('FiducialFocus')
        assert pipeline[after + 1]['type'] == 'GenerateTarget'
        assert pipeline.pop(after) == {'type': 'FiducialFocus', **step}
        assert pipeline == plain
        cfg.model.type = baseline.model.type
        for key in set(baseline) - {'train_pipeline'}:
            assert cfg[key] == baseline[key], key


def test_hrnet_is_mmposes():
    path = 'mmpose::face_2d_keypoint/topdown_heatmap/cofw/'
    path += 'td-hm_hrnetv2-w18_8xb64-60e_cofw-256x256.py'
    stock = Config.fromstring(f"_base_ = ['{path}']", '.py')
    ours = load('hrnet')
    for key in set(stock) - {'val_evaluator', 'test_evaluator'}:
        assert ours[key] == stock[key], key


def test_recipes():
    fan, farl = load('shfan'), load('farl')
    assert fan.model.head.decoder.type == 'MSRAHeatmap'
    assert not fan.model.head.decoder.get('unbiased')
    assert fan.model.head.loss.type == 'KeypointMSELoss'
    assert fan.model.backbone.num_stacks == 2
    assert farl.model.head.decoder == farl.train_dataloader.dataset.pipeline[3].encoder
    assert (farl.model.head.decoder.sigma, farl.train_cfg.max_epochs) == (1.25, 250)
    assert [t['type'] for t in farl.train_dataloader.dataset.pipeline] == [
        'LoadImage',
        'GetBBoxCenterScale',
        'StandardAugment',
        'GenerateTarget',
        'PackPoseInputs',
    ]


def small(name, suffix=''):
    """The system at 64 x 64, tens of thousands of parameters wide, and its codec."""
    model = load(name + suffix).model
    codec = {'type': 'GaussianHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16)}
    if name == 'shfan':
        codec |= {'decoder': 'local', 'window': 5, 'temperature': 10}
        model.backbone.update(channels=48, depth=2)
        model.head.update(in_channels=48, decoder=codec)
    else:
        arch = {'width': 48, 'depth': 4, 'heads': 3}
        model.backbone.update(arch=arch, img_size=64, out_indices=(0, 1, 2, 3))
        model.neck.in_channels = 48
        model.head.update(in_channels=48, channels=48, dropout=0.0, decoder=codec)
    init_default_scope('mmpose')
    set_random_seed(0)
    model = MODELS.build(model)
    model.init_weights()
    return model, codec


def faces_of_cofw(folder, codec, views=1):
    """Four faces with COFW's 29 landmarks, cropped to 64 x 64 without augmentation."""
    pipeline = [
        {'type': 'LoadImage'},
        {'type': 'GetBBoxCenterScale'},
        {'type': 'TopdownAffine', 'input_size': (64, 64)},
        {'type': 'FiducialFocus', 'views': views, 'epoch': 0 if views == 2 else 99},
        {'type': 'GenerateTarget', 'encoder': codec},
        {'type': 'PackPoseInputs'},
    ]
    data = DATASETS.build(
        {
            'type': 'COFWDataset',
            'data_root': str(folder),
            'ann_file': 'cofw29/annotations/cofw29_train.json',
            'data_prefix': {'img': 'faces300w/images/'},
            'indices': 4,
            'pipeline': pipeline,
        }
    )
    return pseudo_collate([data[i] for i in range(4)])


def train(model, data, steps=200, rate=1e-2):
    data = model.data_preprocessor(data, True)
    optimizer = torch.optim.Adam(model.parameters(), rate)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for _ in range(steps):
        loss, logs = model.parse_losses(model(**data, mode='loss'))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    return logs


@pytest.mark.parametrize('name', ['shfan', 'farl'])
def test_overfits_four_real_faces(real_faces, name):
    model, codec = small(name)
    data = faces_of_cofw(real_faces, codec)
    train(model, data, steps=200, rate=1e-2)
    model.eval()
    with torch.no_grad():
        results = model.val_step(data)
    found = np.concatenate([r.pred_instances.keypoints for r in results])
    labels = np.concatenate([r.gt_instances.keypoints for r in results])
    errors = nme(found, labels, normalizer(labels, 'inter-ocular'))
    assert errors.mean() < 0.015, errors


@pytest.mark.parametrize('name', ['shfan', 'farl'])
def test_trains_on_two_views(real_faces, name):
    model, codec = small(name, '_fifa_siamese')
    data = model.data_preprocessor(faces_of_cofw(real_faces, codec, views=2), True)
    losses = model(**data, mode='loss')
    total, logs = model.parse_losses(losses)
    total.backward()
    own = {'shfan': {'loss_kpt', 'loss_stack1'}, 'farl': {'loss_heatmap', 'loss_coordinate'}}
    assert set(losses) == own[name] | {'acc_pose', 'loss_view'}
    assert -1 <= logs['loss_view'] < 1
    for key, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), key
    before = [p.detach().clone() for p in model.parameters()]
    torch.optim.Adam(model.parameters(), 1e-3).step()
    assert any(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
