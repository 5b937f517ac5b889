"""The paper's configs: what they say, and that they train real faces and resume exactly."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpose.registry import DATASETS, KEYPOINT_CODECS

from fifa_mm.config_edits import set_arch, set_size, step
from fifa_mm.transforms import standard

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
LANDMARKS = {'wflw': 98, '300w': 68, 'cofw': 29, 'aflw': 19}


def load(name):
    return Config.fromfile(CONFIGS / name)


@pytest.mark.parametrize('name', LANDMARKS)
@pytest.mark.parametrize(('suffix', 'size'), [('', 512), ('_256', 256), ('_ema', 512)])
def test_recipe(name, suffix, size):
    cfg = load(f'fifa_vit_{name}{suffix}.py')
    assert cfg.model.head.out_channels == LANDMARKS[name]
    assert cfg.model.head.decoder.input_size == (size, size)
    assert cfg.model.head.decoder.heatmap_size == (size // 4, size // 4)
    assert cfg.model.backbone.img_size == size
    types = [t.type for t in cfg.train_dataloader.dataset.pipeline]
    assert types[2:5] == ['StandardAugment', 'FiducialFocus', 'GenerateTarget']
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        assert loader.dataset.pipeline[2].input_size == (size, size)
        assert loader.dataset.data_root == f'data/{name}/'
    assert cfg.train_dataloader.dataset.pipeline[4].encoder == cfg.model.head.decoder
    assert cfg.train_dataloader.batch_size == 5
    assert (cfg.optim_wrapper.optimizer.type, cfg.optim_wrapper.optimizer.lr) == ('AdamW', 1e-4)
    assert cfg.train_cfg.max_epochs == 250
    assert ('EMAHook' in [h.type for h in cfg.custom_hooks]) == (suffix == '_ema')
    assert cfg.test_dataloader.dataset.test_mode
    assert not cfg.train_dataloader.dataset.get('test_mode')


def test_table_3_adds_one_thing_a_row():
    rows = [load(f'table3/components_{row}.py') for row in ('vit', 'hourglass', 'fifa', 'siamese')]
    assert [c.model.backbone.type for c in rows] == ['PlainViT'] + 3 * ['ViTHourglass']
    assert [c.model.type[:4] for c in rows] == 3 * ['Topd'] + ['Siam']
    pipelines = [c.train_dataloader.dataset.pipeline for c in rows]
    focus = [[t for t in p if t['type'] == 'FiducialFocus'] for p in pipelines]
    assert [[f['views'] for f in fs] for fs in focus] == [[], [], [1], [2]]


def test_table_4_and_6_change_one_thing():
    base = load('fifa_vit_cofw.py')
    for n in range(3, 8):
        cfg = load(f'table4/start_{n}.py')
        assert cfg.train_dataloader.dataset.pipeline[3].patch_size == n
        assert cfg.model == base.model
    losses = [load(f'table6/{n}.py').model.view_loss for n in ('l2', 'l1', 'smooth_l1', 'wing')]
    assert losses == ['L2', 'L1', 'SmoothL1', 'Wing']
    assert load('table6/dcca.py').model.view_loss == 'DCCA'


def small(faces, work_dir, **changes):
    """The WFLW config with the tiny backbone at 128 x 128 on two real photographs."""
    cfg = load('fifa_vit_wflw.py')
    set_size(cfg, 128)
    set_arch(cfg.model, 'tiny')
    step(cfg, 'FiducialFocus').update(patch_size=2, interval=2)
    cfg.merge_from_dict(
        {
            'train_dataloader.batch_size': 2,
            'train_cfg.max_epochs': 5,
            'default_hooks.checkpoint.max_keep_ckpts': 9,
            'work_dir': str(work_dir),
            **changes,
        }
    )
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
        loader.dataset.data_root = str(faces / 'samples' / 'wflw')
        loader.dataset.ann_file = 'test_wflw.json'
        loader.dataset.data_prefix = {'img': ''}
    return cfg


def train(cfg):
    Runner.from_cfg(cfg).train()
    return torch.load(f'{cfg.work_dir}/epoch_5.pth', weights_only=False)['state_dict']


def test_resumed_in_the_middle_of_a_patch_stage_gives_the_same_weights(real_faces, tmp_path):
    # Epochs from 0: sides 2 2 1 1 0; the resumed run starts with the second epoch of side 1.
    whole = train(small(real_faces, tmp_path / 'whole'))
    checkpoint = str(tmp_path / 'whole' / 'epoch_3.pth')
    changes = {'resume': True, 'load_from': checkpoint}
    resumed = train(small(real_faces, tmp_path / 'resumed', **changes))
    assert whole.keys() == resumed.keys()
    for key, value in whole.items():
        assert torch.equal(value, resumed[key]), key
    before = torch.load(checkpoint, weights_only=False)['state_dict']
    assert any(not torch.equal(value, before[key]) for key, value in whole.items())
    assert list((tmp_path / 'whole').glob('best_NME_epoch_*.pth'))


@pytest.mark.parametrize(('epoch', 'after'), [(9, 'same'), (10, 'same'), (10, 'independent')])
def test_views_at_the_end_of_the_patches(real_faces, tmp_path, epoch, after):
    cfg = small(real_faces, tmp_path)
    transforms = cfg.train_dataloader.dataset.pipeline
    transforms[2].update(ops=['RM', 'BI'], epoch=epoch)
    pixels = {'type': 'StandardAugment', 'epoch': epoch}
    transforms[3].update(interval=5, epoch=epoch, after=after, augment=[pixels])
    init_default_scope('mmpose')
    inputs = DATASETS.build(cfg.train_dataloader.dataset)[0]['inputs']
    one_view = (epoch, after) == (10, 'same')
    assert inputs.shape == ((3, 128, 128) if one_view else (2, 3, 128, 128))
    assert one_view or not torch.equal(*inputs)


@pytest.mark.parametrize('crop', ['StandardAugment', 'TopdownAffine'])
def test_targets_decode_to_the_annotation(real_faces, tmp_path, monkeypatch, crop):
    monkeypatch.setattr(standard, 'ROTATION', 0)  # which MMPose's metainfo does not say
    cfg = small(real_faces, tmp_path)
    transforms = cfg.train_dataloader.dataset.pipeline
    transforms[2] = {'type': crop, 'input_size': (128, 128)}
    if crop == 'StandardAugment':
        transforms[2].update(epoch=0)
    transforms[3].update(views=1, epoch=0)
    init_default_scope('mmpose')
    sample = DATASETS.build(cfg.train_dataloader.dataset)[0]['data_samples']
    codec = KEYPOINT_CODECS.build(cfg.model.head.decoder)
    decoded, _ = codec.decode(sample.gt_fields.heatmaps.numpy())
    meta = sample.metainfo
    decoded = decoded / meta['input_size'] * meta['input_scale'] + meta['input_center']
    decoded -= meta['input_scale'] / 2
    pixel = meta['input_scale'][0] / 128
    labels = sample.gt_instance_labels.keypoint_labels.numpy()
    inside = abs(labels - 0.5).max(-1) < 0.3
    assert inside.mean() > 0.5
    error = decoded[inside] - sample.gt_instances.keypoints[inside]
    assert abs(error).max() < 0.03 * pixel
    assert abs(error.mean(0)).max() < 0.005 * pixel
