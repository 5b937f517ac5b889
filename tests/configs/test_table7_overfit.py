"""Table 7's systems learn eight real faces by heart."""

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.runner import set_random_seed
from mmpose.registry import DATASETS, MODELS

from fifa_mm.metrics.functional import nme, normalizer

SIDE = 64
# Mean error of the eight faces over the distance of their eyes, which has to be undercut.
REACHED = 0.015
# Steps and highest learning rate of Adam of the narrow ones.
NARROW = {
    'hrnet': (350, 2e-2),
    'adnet': (300, 1e-2),
    'shfan': (300, 1e-2),
    'farl': (250, 1e-2),
    'slpt': (150, 5e-3),
}
# Side of the input, steps and rate at full width.
WIDE = {
    'hrnet': (128, 100, 2e-3),
    'adnet': (128, 200, 2e-3),
    'shfan': (128, 120, 2e-3),
    'farl': (64, 150, 5e-4),
    'slpt': (128, 120, 1e-3),
}
# At 64 x 64 a pixel of a heatmap is a fifth of the distance between the eyes. MSRAHeatmap's own
# targets, rounded, decode to 9.9 % of it, hence finer ones; the product of ADNet's perfect edges
# and points to 4.0 % (0.9 % at 256 x 256), which its heatmaps have to make up for.
FINE = {
    'type': 'GaussianHeatmap',
    'decoder': 'local',
    'window': 5,
    'temperature': 10,
}


def without_augmentation(cfg):
    """No dropout, no flip test, weights from scratch, targets finer than a pixel."""
    head = cfg.model.head
    cfg.model.backbone.init_cfg = None
    cfg.model.test_cfg = {'flip_test': False}
    if head.decoder.type == 'MSRAHeatmap':
        sizes = {key: head.decoder[key] for key in ('input_size', 'heatmap_size')}
        head.decoder = FINE | sizes
    if head.type in ('UPerHead', 'SLPTHead'):
        head.dropout = 0.0
    return cfg


def eight_faces(folder, codec):
    """Eight photographs with COFW's 29 landmarks."""
    pipeline = [
        {'type': 'LoadImage'},
        {'type': 'GetBBoxCenterScale'},
        {'type': 'TopdownAffine', 'input_size': codec.input_size},
        {'type': 'GenerateTarget', 'encoder': codec},
        {'type': 'PackPoseInputs'},
    ]
    faces = DATASETS.build(
        {
            'type': 'COFWDataset',
            'data_root': str(folder),
            'ann_file': 'cofw29/annotations/cofw29_train.json',
            'data_prefix': {'img': 'faces300w/images/'},
            'indices': 8,
            'pipeline': pipeline,
        }
    )
    return pseudo_collate([faces[i] for i in range(8)])


def learn(model, data, steps, rate):
    batch = model.data_preprocessor(data, True)
    optimizer = torch.optim.Adam(model.parameters(), rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps)
    for _ in range(steps):
        loss, _ = model.parse_losses(model(**batch, mode='loss'))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


def error(model, data):
    """Mean error over the distance between the eyes, in evaluation mode."""
    model.eval()
    with torch.no_grad():
        results = model.test_step(data)
    found = np.concatenate([r.pred_instances.keypoints for r in results])
    labels = np.concatenate([r.gt_instances.keypoints for r in results])
    return nme(found, labels, normalizer(labels, 'inter-ocular')).mean()


def overfit(cfg, folder, steps, rate):
    data = eight_faces(folder, cfg.model.head.decoder)
    set_random_seed(0)
    model = MODELS.build(cfg.model)
    model.init_weights()
    assert error(model, data) > 0.1
    model.train()
    learn(model, data, steps, rate)
    return error(model, data)


@pytest.mark.parametrize('name', NARROW)
def test_narrow(narrow_table7, real_faces, name):
    cfg = without_augmentation(narrow_table7(name, SIDE))
    assert overfit(cfg, real_faces, *NARROW[name]) < REACHED


@pytest.mark.slow
@pytest.mark.parametrize('name', WIDE)
def test_full_width(wide_table7, real_faces, name):
    side, *recipe = WIDE[name]
    reached = overfit(without_augmentation(wide_table7(name, side)), real_faces, *recipe)
    print(f'{name}: {100 * reached:.2f} %')
    assert reached < REACHED
