"""What a run measured, as JSON that says how."""

import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.hooks import CheckpointHook, Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import AmpOptimWrapper
from mmengine.runner import IterBasedTrainLoop, Runner
from mmpose.registry import HOOKS

from fifa_mm.checks import flag
from fifa_mm.files import read_json, write_json
from fifa_mm.optim_wrappers.cpu_amp_optim_wrapper import CPUAmpOptimWrapper
from fifa_mm.records import hardware, versions


@HOOKS.register_module()
class RunReportHook(Hook):
    """Writes ``report.json`` into the work directory after every validation.

    It holds the protocol, data, seed, epochs, the curve, best and last point on the validation set
    (which the best is chosen on) and, when training has ended, both on the test set if that is
    another one, with hardware, precision, versions and command. A run that never validates leaves
    none.

    A head whose codec decodes the centroid of the whole map (``GaussianHeatmap``) is tested with
    the decoder ``'local'`` too, which a flat background does not draw to the middle: ``local/NME``
    and so on. Training, validation and the choice of the best epoch keep the centroid.

    A run that is resumed validates the checkpoint it starts from again, where training validates at
    that point: MMEngine saves it before the validation, so without the best score so far, and a run
    may be stopped between the two.

    Args:
        per_face: Also keep the error of every test face, a fraction, as ``faces``, and test
            even where the test set is the validation set. Needs a ``FaceLandmarkMetric``; of
            several, the first's.
    """

    priority = 'LOWEST'  # after CheckpointHook and ProgressHook: it validates and tests itself

    def __init__(self, per_face: bool = False) -> None:
        self.per_face = flag('per_face', per_face)
        self._report: dict[str, Any] = {}

    def before_train(self, runner: Runner) -> None:
        cfg = runner.cfg
        metrics = runner.val_evaluator.metrics if runner.val_loop else []
        earlier = self._resumed_report(runner)
        self._start = time.monotonic()
        self._report = {
            'config': os.path.basename(str(cfg.filename)),
            'command': shlex.join([os.path.basename(sys.executable), *sys.argv]),
            'protocol': [describe_metric(metric) for metric in metrics],
            'data': {
                name: labels(loader.dataset) if (loader := cfg.get(f'{name}_dataloader')) else None
                for name in ('train', 'val', 'test')
            },
            'seed': runner.seed,
            'max_epochs': runner.max_epochs,
            'max_iters': runner.max_iters,
            'resumed_at_epoch': runner.epoch,
            'pretrained': earlier.get('pretrained', initial_weights(cfg)),
            'hardware': hardware(),
            'precision': precision(runner.optim_wrapper),
            'versions': versions(),
            'curve': earlier.get('curve', []),
        }
        if runner.iter and validates_here(runner.train_loop):
            runner.val_loop.run()

    def after_val_epoch(self, runner: Runner, metrics: dict[str, Any] | None = None) -> None:
        if self._report:
            point = {'epoch': runner.epoch, 'iter': runner.iter, **plain(metrics)}
            earlier = [other for other in self._report['curve'] if other['iter'] < runner.iter]
            self._report['curve'] = [*earlier, point]
            self._report['seconds'] = round(time.monotonic() - self._start, 1)
            self._write(runner)

    def after_train(self, runner: Runner) -> None:
        curve = self._report['curve']
        if not curve:
            return
        last, best = curve[-1], best_point(runner, curve)
        self._report['last'], self._report['best'] = {'val': last}, best and {'val': best}
        self._write(runner)
        if self.per_face or has_own_test_set(runner.cfg) or centroid_codec(runner):
            self._report['last'].update(self._test(runner))
            if best is last:
                self._report['best'] = self._report['last']
            elif best is not None and os.path.exists(path := best_checkpoint(runner) or ''):
                runner.load_checkpoint(path)
                self._report['best'].update(self._test(runner))
            elif best is not None:
                runner.logger.warning(f'{path} is gone: the report has no test of the best epoch')
            self._write(runner)

    def _test(self, runner: Runner) -> dict[str, Any]:
        local = {}
        if codec := centroid_codec(runner):
            with decoding(codec, 'local'):
                scores = plain(runner.test_loop.run())
            local = {f'local/{name}': score for name, score in scores.items()}
        measured: dict[str, Any] = {
            'test': plain(runner.test_loop.run()) | local
        }  # last, as its files are kept
        if self.per_face and runner.rank == 0:
            measured['faces'] = face_errors(runner.test_loop.evaluator.metrics)
        return measured

    def _resumed_report(self, runner: Runner) -> dict[str, Any]:
        """What the run that is resumed wrote up to the checkpoint, or nothing."""
        path = Path(runner.work_dir, 'report.json')
        if runner.iter == 0 or not path.exists():
            return {}
        earlier = read_json(path)
        earlier['curve'] = [point for point in earlier['curve'] if point['iter'] <= runner.iter]
        return earlier

    def _write(self, runner: Runner) -> None:
        if runner.rank == 0:
            write_json(Path(runner.work_dir, 'report.json'), self._report)


def centroid_codec(runner: Runner) -> Any:
    """The codec of the model's head if it decodes centroids and can decode locally, or None."""
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    codec = getattr(getattr(model, 'head', None), 'decoder', None)
    return codec if getattr(codec, 'decoder', None) == 'centroid' else None


@contextmanager
def decoding(codec: Any, decoder: str) -> Iterator[None]:
    """The codec with another decoder meanwhile."""
    own, codec.decoder = codec.decoder, decoder
    try:
        yield
    finally:
        codec.decoder = own


def plain(metrics: dict[str, Any] | None) -> dict[str, float]:
    """The metrics that are numbers, as plain floats."""
    numbers = (int, float, np.number, torch.Tensor)
    return {k: round(float(v), 4) for k, v in (metrics or {}).items() if isinstance(v, numbers)}


def face_errors(metrics: list) -> dict[str, list]:
    """Ids and errors (fractions) of the faces that the first metric with some evaluated last.

    Raises:
        ValueError: none of them keeps its faces.
    """
    faces = next((m.faces for m in metrics if getattr(m, 'faces', None)), None)
    if faces is None:
        kinds = [type(metric).__name__ for metric in metrics]
        raise ValueError(f'per_face needs a FaceLandmarkMetric in test_evaluator, got {kinds}')
    return {
        'id': [face['id'] for face in faces],
        'nme': [round(face['nme'], 6) for face in faces],
    }


def describe_metric(metric: Any) -> dict[str, Any]:
    """A metric's class and the plain options it was given."""
    hidden = ('results', 'collect_device', 'collect_dir')
    options = {k: v for k, v in vars(metric).items() if not k.startswith('_') and k not in hidden}
    return {'type': type(metric).__name__, **{k: v for k, v in options.items() if is_plain(v)}}


def is_plain(value: Any) -> bool:
    """Whether JSON can hold a value: text, a number, or a list of such."""
    return isinstance(value, (str, int, float)) or (
        isinstance(value, list) and all(map(is_plain, value))
    )


def labels(dataset: Any) -> Any:
    """Where a dataset's labels come from: annotation files, or the dataset's type.

    Wrappers stand for the dataset, or the list of datasets, in them.
    """
    if 'datasets' in dataset:
        return [labels(part) for part in dataset.datasets]
    if 'dataset' in dataset:
        return labels(dataset.dataset)
    root, file = dataset.get('data_root') or '', dataset.get('ann_file')
    return os.path.join(root, file) if file else dataset.get('type')


def has_own_test_set(cfg: Config) -> bool:
    """Whether there is a test set, and another one than for validation."""
    return bool(cfg.get('test_dataloader')) and cfg.test_dataloader != cfg.val_dataloader


def initial_weights(cfg: Config) -> str | None:
    """The checkpoint that training started from, or None."""
    if init := cfg.get('init'):
        return f'{init.checkpoint}, sha256 {init.sha256}'
    hooks = [*(cfg.get('default_hooks') or {}).values(), *(cfg.get('custom_hooks') or [])]
    for hook in filter(None, hooks):
        if hook['type'] == 'InitialWeightsHook':
            return hook['checkpoint']
    if cfg.get('load_from') and not cfg.get('resume'):
        return cfg.load_from
    init = (cfg.model.get('backbone') or {}).get('init_cfg') or {}
    init = init if isinstance(init, list) else [init]
    return next((part['checkpoint'] for part in init if 'checkpoint' in part), None)


def precision(wrapper: Any) -> str:
    """The type that the layers of a training step compute in, as PyTorch names it."""
    if isinstance(wrapper, CPUAmpOptimWrapper):
        return 'bfloat16' if wrapper.autocasts else 'float32'
    if isinstance(wrapper, AmpOptimWrapper):
        return str(wrapper.cast_dtype or torch.float16).removeprefix('torch.')
    return 'float32'


def validates_here(loop: Any) -> bool:
    """Whether a loop of training validates after as many epochs, or iterations, as it has run.

    Never in the middle of an epoch of MMEngine's ``EpochBasedTrainLoop``.
    """
    if isinstance(loop, IterBasedTrainLoop):
        now, end = loop.iter, loop.max_iters
    elif loop.iter == loop.epoch * len(loop.dataloader):
        now, end = loop.epoch, loop.max_epochs
    else:
        return False
    due = now % loop.val_interval == 0 or now == end
    return loop.runner.val_loop is not None and now >= loop.val_begin and due


def checkpoint_hook(runner: Runner) -> CheckpointHook | None:
    return next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook)), None)


def best_checkpoint(runner: Runner) -> str | None:
    """Path of the best checkpoint so far, or None."""
    return getattr(checkpoint_hook(runner), 'best_ckpt_path', None)


def best_point(runner: Runner, curve: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The point of the curve at the best checkpoint, ``best_..._{epoch|iter}_N``, or None."""
    path = best_checkpoint(runner)
    if path is None:
        return None
    *_, unit, number = Path(path).stem.split('_')
    return next((point for point in curve if point[unit] == int(number)), None)
