"""Training as tools/train.py starts it, on configs other than the project's own."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.runner import Runner

from fifa_mm.launch import load_config, mmpose_tool, report_results

ROOT = Path(__file__).resolve().parents[1]
SMALL = f"""
_base_ = '{ROOT}/configs/demo.py'
loader = dict(num_workers=0, persistent_workers=False, batch_size=2)
train_dataloader = dict(dataset=dict(num_samples=4), **loader)
val_dataloader = dict(dataset=dict(num_samples=2), **loader)
test_dataloader = dict(dataset=dict(num_samples=2, seed=7), **loader)
randomness = dict(seed=0)
"""
EPOCHS = 'train_cfg = dict(max_epochs=1, val_interval=1)\n'
ITERATIONS = """
inner = dict(**_base_.train_dataloader.dataset)
inner.update(num_samples=4)
wrapped = dict(_delete_=True, type='RepeatDataset', times=2, dataset=inner)
train_dataloader = dict(dataset=wrapped, **loader)
train_cfg = dict(_delete_=True, by_epoch=False, max_iters=4, val_interval=2)
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=2, max_keep_ckpts=2))
"""


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Function from the lines that follow SMALL and the arguments to the config to run."""

    def configure(lines, *arguments):
        path = tmp_path / 'small.py'
        path.write_text(SMALL + lines)
        monkeypatch.setattr('sys.argv', ['train.py', str(path), *arguments])
        tool = mmpose_tool('train')
        return load_config(tool, tool.parse_args())

    monkeypatch.chdir(tmp_path)
    return configure


def train(config):
    runner = Runner.from_cfg(config)
    runner.train()
    return runner


def test_without_validation(start, tmp_path, capsys):
    report_results(train(start(EPOCHS, '--work-dir', 'run', '--no-validate')))
    line = capsys.readouterr().out.splitlines()[-1]
    assert 'pictures: none' in line
    assert not (tmp_path / 'run' / 'report.json').exists()


def test_iterations_and_a_wrapped_dataset(start, tmp_path):
    train(start(ITERATIONS, '--work-dir', 'run'))
    report = json.loads((tmp_path / 'run' / 'report.json').read_text())
    curve = report['curve']
    assert [point['iter'] for point in curve] == [2, 4]
    assert report['best']['val'] == min(curve, key=lambda point: point['NME'])
    assert report['last']['test'].keys() >= {'NME', 'FR'}
    assert report['data']['train'] == 'SyntheticFaces'
    assert (tmp_path / 'run' / 'pictures' / 'schedule.png').exists()

    for path in (tmp_path / 'run').glob('best_*.pth'):
        path.unlink()
    train(start(ITERATIONS, '--work-dir', 'run', '--resume', 'run/iter_2.pth'))
    again = json.loads((tmp_path / 'run' / 'report.json').read_text())
    assert [point['iter'] for point in again['curve']] == [2, 4]
    assert again['curve'][0] == curve[0]
    assert again['pretrained'] is None


def test_auto_scale_lr_says_what_the_config_lacks(start):
    with pytest.raises(ValueError, match=r'--auto-scale-lr.*auto_scale_lr = dict'):
        start(EPOCHS, '--auto-scale-lr')
    config = start(EPOCHS + 'auto_scale_lr = dict(base_batch_size=8)\n', '--auto-scale-lr')
    assert config.auto_scale_lr == {'base_batch_size': 8, 'enable': True}


@pytest.mark.parametrize('kind', ['CPUAmpOptimWrapper', 'OptimWrapper', 'AmpOptimWrapper'])
def test_amp_fits_the_device(start, monkeypatch, kind):
    lines = EPOCHS + f"optim_wrapper = dict(type='{kind}')\n"
    monkeypatch.setattr('fifa_mm.launch.get_device', lambda: 'cpu')
    wrapper = start(lines, '--amp').optim_wrapper
    assert wrapper.type == 'fifa_mm.CPUAmpOptimWrapper'
    assert wrapper.keys() == {'type', 'optimizer'}
    monkeypatch.setattr('fifa_mm.launch.get_device', lambda: 'cuda')
    wrapper = start(lines, '--amp').optim_wrapper
    assert (wrapper.type, wrapper.loss_scale) == ('AmpOptimWrapper', 'dynamic')
    assert start(lines).optim_wrapper.type == kind


def test_amp_refuses_a_wrapper_that_it_does_not_know(start):
    with pytest.raises(AssertionError, match='ApexOptimWrapper'):
        start(EPOCHS + "optim_wrapper = dict(type='ApexOptimWrapper')\n", '--amp')


def test_amp_goes_on_where_float32_stopped_and_back(start, tmp_path):
    two = 'train_cfg = dict(max_epochs={}, val_interval=1)\n'
    plain = "optim_wrapper = dict(type='OptimWrapper')\n"
    train(start(two.format(1) + plain, '--work-dir', 'run'))
    train(start(two.format(2) + plain, '--work-dir', 'run', '--amp', '--resume'))
    train(start(two.format(3) + plain, '--work-dir', 'run', '--resume'))
    curve = json.loads((tmp_path / 'run' / 'report.json').read_text())['curve']
    assert [point['epoch'] for point in curve] == [1, 2, 3]
    state = torch.load(tmp_path / 'run' / 'epoch_3.pth', weights_only=False)
    tensors = [*state['state_dict'].values()]
    tensors += [v for s in state['optimizer']['state'].values() for v in s.values()]
    floats = [t for t in tensors if torch.is_tensor(t) and t.is_floating_point()]
    assert {t.dtype for t in floats} == {torch.float32}


def test_model_and_data_of_another_number_of_views(start):
    siamese = "model = dict(type='SiamesePoseEstimator')\n"
    with pytest.raises(ValueError, match=r'train_dataloader\.dataset\.pipeline gives one'):
        start(EPOCHS + siamese)
    views = 'train_dataloader.dataset.pipeline.5.views=2'
    start(EPOCHS + siamese, '--cfg-options', views)
    with pytest.raises(ValueError, match=r"model\.type='TopdownPoseEstimator' takes one"):
        start(EPOCHS, '--cfg-options', views)


def test_default_work_dir_and_hooks(start, tmp_path):
    config = start('default_hooks = dict(pictures=None)\n')
    assert config.work_dir == str(tmp_path / 'work_dirs' / 'small')
    assert config.default_hooks.pictures is None
    assert config.default_hooks.report.type == 'fifa_mm.RunReportHook'
