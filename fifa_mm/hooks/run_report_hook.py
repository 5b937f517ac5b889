"""What a run measured, as JSON that says how."""

import json
import os
import shlex
import sys
import time
from pathlib import Path

from mmengine.hooks import CheckpointHook, Hook
from mmpose.registry import HOOKS

from fifa_mm.records import hardware, versions, write_json


@HOOKS.register_module()
class RunReportHook(Hook):
    """Writes ``report.json`` into the work directory after every validation.

    It holds the protocol, data, seed, epochs, the curve, best and last epoch on the validation set
    (which the best is chosen on) and, when training has ended, both on the test set if that is
    another one, with hardware, versions and command.
    """

    priority = 'LOW'  # after CheckpointHook has named the best epoch

    def __init__(self):
        self._report = {}

    def before_train(self, runner):
        cfg = runner.cfg
        metrics = runner.val_evaluator.metrics if runner.val_evaluator else []
        self._start = time.monotonic()
        self._report = {
            'config': os.path.basename(str(cfg.filename)),
            'command': shlex.join([os.path.basename(sys.executable), *sys.argv]),
            'protocol': [describe_metric(metric) for metric in metrics],
            'data': {
                name: ann_file(cfg.get(f'{name}_dataloader')) for name in ('train', 'val', 'test')
            },
            'seed': runner.seed,
            'max_epochs': runner.max_epochs,
            'resumed_at_epoch': runner.epoch,
            'pretrained': initial_weights(cfg),
            'hardware': hardware(),
            'versions': versions(),
            'curve': self._resumed_curve(runner),
        }

    def after_val_epoch(self, runner, metrics=None):
        if self._report:
            self._report['curve'].append({'epoch': runner.epoch, **plain(metrics)})
            self._report['seconds'] = round(time.monotonic() - self._start, 1)
            self._write(runner)

    def after_train(self, runner):
        curve = self._report['curve']
        if not curve:
            return
        last = curve[-1]
        epoch_of_best = best_epoch(runner)
        best = next((point for point in curve if point['epoch'] == epoch_of_best), None)
        self._report['last'], self._report['best'] = {'val': last}, best and {'val': best}
        self._write(runner)
        if has_own_test_set(runner.cfg):
            self._report['last']['test'] = plain(runner.test_loop.run())
            if best is not None and best is not last:
                runner.load_checkpoint(best_checkpoint(runner))
                self._report['best']['test'] = plain(runner.test_loop.run())
            elif best is not None:
                self._report['best']['test'] = self._report['last']['test']
            self._write(runner)

    def _resumed_curve(self, runner):
        path = Path(runner.work_dir, 'report.json')
        if runner.epoch == 0 or not path.exists():
            return []
        earlier = json.loads(path.read_text())['curve']
        return [point for point in earlier if point['epoch'] <= runner.epoch]

    def _write(self, runner):
        if runner.rank == 0:
            write_json(Path(runner.work_dir, 'report.json'), self._report)


def plain(metrics):
    """Metrics as plain floats."""
    return {key: round(float(value), 4) for key, value in (metrics or {}).items()}


def describe_metric(metric):
    """A metric's class and the plain options it was given."""
    options = {k: v for k, v in vars(metric).items() if isinstance(v, (str, int, float, list))}
    hidden = ('results', 'collect_device', 'collect_dir')
    options = {k: v for k, v in options.items() if not k.startswith('_') and k not in hidden}
    return {'type': type(metric).__name__, **options}


def ann_file(dataloader):
    """Where a dataloader's labels come from: the annotation file, or the dataset's type."""
    dataset = dataloader.dataset if dataloader else {}
    root, file = dataset.get('data_root') or '', dataset.get('ann_file')
    return os.path.join(root, file) if file else dataset.get('type')


def has_own_test_set(cfg):
    """Whether there is a test set, and another one than for validation."""
    return bool(cfg.get('test_dataloader')) and cfg.test_dataloader != cfg.val_dataloader


def initial_weights(cfg):
    """The checkpoint that training started from, or None."""
    backbone = cfg.model.get('backbone') or {}
    return cfg.get('load_from') or (backbone.get('init_cfg') or {}).get('checkpoint')


def checkpoint_hook(runner):
    return next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook)), None)


def best_checkpoint(runner):
    """Path of the best checkpoint so far, or None."""
    return getattr(checkpoint_hook(runner), 'best_ckpt_path', None)


def best_epoch(runner):
    """Epoch of the best checkpoint, counted from 1, or None."""
    path = best_checkpoint(runner)
    return int(Path(path).stem.rpartition('_')[2]) if path else None
