"""What a report says about metrics, data and weights of unusual configs."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.hooks import CheckpointHook
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop

from fifa_mm import CPUAmpOptimWrapper, GaussianHeatmap
from fifa_mm.hooks.run_report_hook import (
    RunReportHook,
    describe_metric,
    initial_weights,
    labels,
    plain,
    precision,
    validates_here,
)


def test_metrics_that_are_numbers():
    metrics = {'NME': np.float32(0.5), 'AP': torch.tensor(2), 'note': 'none', 'per': {'a': 1}}
    assert plain(metrics) == {'NME': 0.5, 'AP': 2.0}
    assert plain(None) == {}


def test_options_of_a_metric_that_json_can_hold():
    metric = SimpleNamespace(results=[1], _own=1, norm='box', levels=[0.1, 0.2], tables=[object()])
    assert describe_metric(metric) == {
        'type': 'SimpleNamespace',
        'norm': 'box',
        'levels': [0.1, 0.2],
    }


def test_labels_through_wrappers():
    file = {'type': 'A', 'data_root': 'data', 'ann_file': 'train.json'}
    both = {'type': 'CombinedDataset', 'datasets': [file, {'type': 'B'}]}
    wrapped = ConfigDict(type='RepeatDataset', times=2, dataset=both)
    assert labels(wrapped) == ['data/train.json', 'B']


@pytest.mark.parametrize(
    ('config', 'weights'),
    [
        ({'model': {}}, None),
        ({'model': {'backbone': {'init_cfg': None}}}, None),
        ({'model': {'backbone': {'init_cfg': {'type': 'Pretrained', 'checkpoint': 'a'}}}}, 'a'),
        ({'model': {'backbone': {'init_cfg': [{'type': 'Kaiming'}]}}}, None),
        ({'model': {}, 'load_from': 'b'}, 'b'),
        (
            {
                'model': {},
                'default_hooks': {
                    'timer': {'type': 'IterTimerHook'},
                    'badcase': None,
                    'init': {'type': 'InitialWeightsHook', 'checkpoint': 'c'},
                },
            },
            'c',
        ),
        (
            {
                'model': {},
                'custom_hooks': [{'type': 'InitialWeightsHook', 'checkpoint': 'd'}],
            },
            'd',
        ),
        ({'model': {}, 'load_from': 'b', 'resume': True}, None),
    ],
)
def test_weights_that_training_started_from(config, weights):
    assert initial_weights(Config(config)) == weights


@pytest.mark.parametrize('autocasts', [True, False])
def test_precision_on_a_cpu_is_the_one_that_it_has(autocasts):
    wrapper = CPUAmpOptimWrapper(torch.optim.SGD([torch.zeros(1)]))
    wrapper.autocasts = autocasts
    assert precision(wrapper) == ('bfloat16' if autocasts else 'float32')


@pytest.mark.parametrize(
    ('dtype', 'expected'), [(None, 'float16'), ('bfloat16', 'bfloat16'), ('float16', 'float16')]
)
def test_precision_on_a_gpu_is_the_one_asked_for(monkeypatch, dtype, expected):
    monkeypatch.setattr(f'{AmpOptimWrapper.__module__}.is_cuda_available', lambda: True)
    wrapper = AmpOptimWrapper(dtype=dtype, optimizer=torch.optim.SGD([torch.zeros(1)]))
    assert precision(wrapper) == expected


def test_precision_without_autocast():
    assert precision(OptimWrapper(torch.optim.SGD([torch.zeros(1)]))) == 'float32'


def test_best_checkpoint_that_is_gone(tmp_path):
    """As after a resumed run whose earlier best was deleted: the last epoch's test remains."""
    hook = RunReportHook()
    hook._report = {'curve': [{'epoch': 1, 'NME': 3.0}, {'epoch': 2, 'NME': 4.0}]}
    checkpoints, said = CheckpointHook(save_best='NME', rule='less'), []
    checkpoints.best_ckpt_path = str(tmp_path / 'best_NME_epoch_1.pth')
    runner = SimpleNamespace(
        cfg=Config({'val_dataloader': {'a': 1}, 'test_dataloader': {'a': 2}}),
        hooks=[checkpoints],
        logger=SimpleNamespace(warning=said.append),
        model=None,
        rank=0,
        test_loop=SimpleNamespace(run=lambda: {'NME': 5.0}),
        work_dir=tmp_path,
    )
    hook.after_train(runner)
    assert hook._report['best'] == {'val': {'epoch': 1, 'NME': 3.0}}
    assert hook._report['last']['test'] == {'NME': 5.0}
    assert 'best_NME_epoch_1.pth is gone' in said[0]


@pytest.mark.parametrize('decoder', ['centroid', 'local', None])
def test_a_head_that_decodes_centroids_is_tested_locally_too(tmp_path, decoder):
    codec = None
    if decoder:
        codec = GaussianHeatmap((64, 64), (16, 16), decoder=decoder)
    hook, ran = RunReportHook(), []
    hook._report = {'curve': [{'epoch': 1, 'NME': 3.0}]}
    loader = {'a': 1}

    def test():
        ran.append(getattr(codec, 'decoder', None))
        return {'NME': 4.0 if ran[-1] == 'local' else 5.0}

    runner = SimpleNamespace(
        cfg=Config({'val_dataloader': loader, 'test_dataloader': loader}),
        hooks=[],
        model=SimpleNamespace(head=SimpleNamespace(decoder=codec)),
        rank=0,
        test_loop=SimpleNamespace(run=test),
        work_dir=tmp_path,
    )
    hook.after_train(runner)
    if decoder == 'centroid':
        assert ran == ['local', 'centroid']  # what the metrics write is the centroid's
        assert hook._report['last']['test'] == {'NME': 5.0, 'local/NME': 4.0}
    else:
        assert ran == []  # the validation set is the test set
    assert getattr(codec, 'decoder', None) == decoder


@pytest.mark.parametrize(
    ('interval', 'begin', 'now', 'due'),
    [(2, 1, 2, True), (2, 1, 3, False), (2, 3, 2, False), (2, 1, 5, True), (1, 1, 3, True)],
)
@pytest.mark.parametrize(
    ('kind', 'unit'), [(EpochBasedTrainLoop, 'epoch'), (IterBasedTrainLoop, 'iter')]
)
def test_whether_training_validates_here(kind, unit, interval, begin, now, due):
    loop = kind.__new__(kind)
    loop._runner = SimpleNamespace(val_loop=object())
    loop.val_interval, loop.val_begin = interval, begin
    loop._iter, loop.dataloader = 10 * now, range(10)
    setattr(loop, f'_{unit}', now)
    setattr(loop, f'_max_{unit}s', 5)
    assert validates_here(loop) == due
    loop.runner.val_loop = None
    assert not validates_here(loop)


def test_no_validation_in_the_middle_of_an_epoch():
    """As after a checkpoint every so many iterations: its weights are not those of the epoch."""
    loop = EpochBasedTrainLoop.__new__(EpochBasedTrainLoop)
    loop._runner, loop.dataloader = SimpleNamespace(val_loop=object()), range(10)
    loop.val_interval, loop.val_begin, loop._max_epochs = 1, 1, 5
    loop._epoch, loop._iter = 2, 25
    assert not validates_here(loop)
