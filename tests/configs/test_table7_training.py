"""Table 7's systems under MMEngine: Runner, resume, two ranks, mixed precision; narrow, 64 x 64."""

import copy

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.hooks import Hook
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner, set_random_seed
from mmpose.registry import DATASETS, MODELS
from two_ranks import on_two_ranks

from fifa_mm.focus.epoch import EPOCH
from fifa_mm.optim_wrappers import cpu_amp_optim_wrapper

HOSTS = ('hrnet', 'adnet', 'shfan', 'farl', 'slpt')
SIAMESE = tuple(f'{host}_fifa_siamese' for host in HOSTS)
LOSSES = {
    'hrnet': {'loss_kpt'},
    'adnet': {'loss_landmark', 'loss_edge', 'loss_point'},
    'shfan': {'loss_kpt', 'loss_stack1'},
    'farl': {'loss_heatmap', 'loss_coordinate'},
    'slpt': {'loss_stage1', 'loss_stage2', 'loss_stage3'},
}


def faces(pipeline, count, seed, test_mode=False):
    return {
        'type': 'SyntheticFaces',
        'num_landmarks': 29,
        'image_size': 64,
        'num_samples': count,
        'seed': seed,
        'pipeline': pipeline,
        'test_mode': test_mode,
        'serialize_data': False,
    }


class DrawsOfTheEpoch(Hook):
    """Random draws that depend on the epoch alone: MMEngine does not resume random states."""

    def before_train_epoch(self, runner):
        set_random_seed(runner.epoch)


@pytest.fixture
def plain_config_text(monkeypatch):
    """Runner writes its config with every checkpoint; to lay it out takes half a second each."""
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: str(cfg.to_dict())))


def runner(cfg, work_dir, **changes):
    """Runner of two epochs of two steps; the patches have 2 pixels, then 1."""
    for step in cfg.train_dataloader.dataset.pipeline:
        if step['type'] == 'FiducialFocus':
            step.update(patch_size=2, interval=1)
    for loader, count, seed in (
        (cfg.train_dataloader, 8, 0),
        (cfg.val_dataloader, 3, 1),
        (cfg.test_dataloader, 3, 1),
    ):
        loader.update(batch_size=4, num_workers=0, persistent_workers=False)
        loader.dataset = faces(loader.dataset.pipeline, count, seed, count == 3)
    cfg.merge_from_dict(
        {
            'train_cfg.max_epochs': 2,
            'default_hooks.checkpoint.max_keep_ckpts': 9,
            'randomness': {'seed': 0},
            'experiment_name': f'{work_dir.parent.name}_{work_dir.name}',
            'work_dir': str(work_dir),
            **changes,
        }
    )
    result = Runner.from_cfg(cfg)
    result.register_hook(DrawsOfTheEpoch())
    return result


def checkpoint(path):
    return torch.load(path, weights_only=False)


@pytest.mark.usefixtures('plain_config_text')
@pytest.mark.parametrize(
    'name', [f'{host}_fifa' for host in HOSTS] + ['adnet_fifa_siamese', 'slpt_fifa_siamese']
)
def test_trains_validates_tests_and_resumes(narrow_table7, tmp_path, name):
    whole = runner(narrow_table7(name), tmp_path / 'whole')
    whole.train()
    validated = whole.message_hub.get_scalar('val/NME').current()
    assert 0 < validated < 1000
    middle = tmp_path / 'whole' / 'epoch_1.pth'
    changes = {'resume': True, 'load_from': str(middle)}
    resumed = runner(narrow_table7(name), tmp_path / 'resumed', **changes)
    resumed.train()
    before = checkpoint(middle)
    after, again = (checkpoint(tmp_path / run / 'epoch_2.pth') for run in ('whole', 'resumed'))
    assert ('ema_state_dict' in after) == (name.split('_')[0] in ('adnet', 'farl'))
    for state in {'state_dict', 'ema_state_dict'} & set(after):
        assert after[state].keys() == again[state].keys()
        for key, value in after[state].items():
            assert torch.equal(value, again[state][key]), key
        assert any(
            not torch.equal(value, before[state][key]) for key, value in after[state].items()
        )
    assert resumed.message_hub.get_scalar('val/NME').current() == validated
    last = {'load_from': str(tmp_path / 'whole' / 'epoch_2.pth')}
    tested = runner(narrow_table7(name), tmp_path / 'tested', **last).test()
    assert tested['NME'] == pytest.approx(validated)
    assert list((tmp_path / 'whole').glob('best_NME_epoch_*.pth'))


def built(cfg):
    """The model of a config with the same weights every time."""
    set_random_seed(0)
    model = MODELS.build(cfg.model)
    model.init_weights()
    return model


def batches(cfg, count=1):
    """Batches of four faces from a config's own training pipeline, patches of 5 pixels."""
    EPOCH.set(0)
    set_random_seed(0)
    data = DATASETS.build(faces(cfg.train_dataloader.dataset.pipeline, 4 * count, 0))
    return [pseudo_collate([data[i] for i in range(n, n + 4)]) for n in range(0, 4 * count, 4)]


def train_on_a_rank(rank, systems):
    """Two steps of each system on batches of its own: the logged losses and the weights."""
    results = {}
    for name, (cfg, data) in systems.items():
        model = built(cfg)
        wrapped = MMDistributedDataParallel(model, broadcast_buffers=False)  # as Runner does
        optimizer = build_optim_wrapper(wrapped, cfg.optim_wrapper)
        start = copy.deepcopy(list(model.parameters()))
        # A parameter without a gradient fails the second step.
        logs = [wrapped.train_step(part, optimizer) for part in data[rank::2]]
        moved = any(not torch.equal(a, b) for a, b in zip(start, model.parameters(), strict=True))
        losses = [float(log['loss']) for log in logs]
        results[name] = losses, moved, dict(model.named_parameters())
    return results


def test_two_ranks_train_every_parameter_to_the_same_weights(narrow_table7):
    configs = {n: narrow_table7(n) for n in (*HOSTS, 'hrnet_fifa_siamese', 'slpt_fifa_siamese')}
    systems = {name: (cfg, batches(cfg, 4)) for name, cfg in configs.items()}
    first, second = on_two_ranks(train_on_a_rank, systems)
    for name in systems:
        (losses, moved, weights), (others, _, same) = first[name], second[name]
        assert moved, name
        assert all(torch.tensor(losses + others).isfinite()), name
        assert losses != others, name  # each rank had faces of its own
        for key, value in weights.items():
            assert torch.equal(value, same[key]), (name, key)


def without_dropout(cfg):
    """Dropout makes two forward passes differ."""
    if 'dropout' in cfg.model.head or cfg.model.head.type in ('UPerHead', 'SLPTHead'):
        cfg.model.head.dropout = 0.0
    return cfg


@pytest.mark.parametrize('name', HOSTS + SIAMESE)
def test_bfloat16_on_a_cpu_has_the_step_of_full_precision(narrow_table7, monkeypatch, name):
    monkeypatch.setattr(cpu_amp_optim_wrapper, 'has_bfloat16_instructions', lambda: True)
    cfg = without_dropout(narrow_table7(name))
    model, (data,) = built(cfg), batches(cfg)
    optimizer = build_optim_wrapper(model, {**cfg.optim_wrapper, 'type': 'CPUAmpOptimWrapper'})
    data = model.data_preprocessor(data, True)
    full = model(**data, mode='loss')
    model.parse_losses(full)[0].backward()
    gradients = {key: p.grad for key, p in model.named_parameters()}
    model.zero_grad()
    with optimizer.optim_context(model):
        losses = model(**data, mode='loss')
    view = {'loss_view'} if name in SIAMESE else set()
    assert {key for key in losses if 'loss' in key} == LOSSES[name.split('_')[0]] | view
    for key in losses.keys() - {'acc_pose'}:
        assert losses[key].dtype == torch.float32, key
        torch.testing.assert_close(losses[key], full[key], rtol=0.02, atol=0.02)
    assert 0 <= losses['acc_pose'] <= 1
    model.parse_losses(losses)[0].backward()
    rounded = {key: p.grad for key, p in model.named_parameters()}
    for key, gradient in rounded.items():
        assert gradient.dtype == torch.float32, key
        assert gradient.isfinite().all(), key
    # ADNet's gradient at its start turns as far for noise of 2^-9 of the images' values in float32.
    if not name.startswith('adnet'):
        a, b = (torch.cat([g.flatten() for g in part.values()]) for part in (gradients, rounded))
        assert torch.cosine_similarity(a, b, 0) > 0.9
    optimizer.step()
    assert all(p.dtype == torch.float32 for p in model.parameters())


@pytest.mark.skipif(not torch.cuda.is_available(), reason='AmpOptimWrapper needs a GPU')
@pytest.mark.parametrize('name', HOSTS + SIAMESE)
def test_amp_trains_on_a_gpu(narrow_table7, name):
    cfg = narrow_table7(name)
    model, data = built(cfg).cuda(), batches(cfg, 3)
    # A fixed scale: the dynamic one starts so high that the first steps are skipped.
    amp = {'type': 'AmpOptimWrapper', 'loss_scale': 128.0}
    optimizer = build_optim_wrapper(model, {**cfg.optim_wrapper, **amp})
    start = copy.deepcopy(model.state_dict())
    for part in data:
        assert model.train_step(part, optimizer)['loss'].isfinite()
    weights = model.state_dict()
    assert all(value.isfinite().all() for value in weights.values())
    assert all(value.dtype == start[key].dtype for key, value in weights.items())
    assert any(not torch.equal(value, start[key]) for key, value in weights.items())
