"""What the command-line tools share: MMPose's own tools, with this project's hooks."""

import importlib.util
import os
from argparse import Namespace
from pathlib import Path
from types import ModuleType

import mmpose
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.runner import Runner
from mmpose.engine.hooks import BadCaseAnalysisHook, PoseVisualizationHook

from fifa_mm.config_check import check_data, check_optimizer, check_views
from fifa_mm.files import check_folder
from fifa_mm.hooks.pictures_hook import PicturesHook

HOOKS = {
    'every_face': {'type': 'fifa_mm.EveryFaceHook'},
    'progress': {'type': 'fifa_mm.ProgressHook'},
    'report': {'type': 'fifa_mm.RunReportHook'},
    'pictures': {'type': 'fifa_mm.PicturesHook'},
}
CPU_AMP = 'fifa_mm.CPUAmpOptimWrapper'


def mmpose_tool(name: str) -> ModuleType:
    """The module of a tool that MMPose ships, such as ``train`` or ``test``.

    Raises:
        FileNotFoundError: this installation of MMPose has none.
    """
    package = Path(mmpose.__file__).parent
    for folder in (package / '.mim' / 'tools', package.parent / 'tools'):
        if (path := folder / f'{name}.py').exists():
            spec = importlib.util.spec_from_file_location(f'mmpose_tools_{name}', path)
            assert spec is not None  # for a file named .py
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    raise FileNotFoundError(
        f'MMPose at {package} has no tools/{name}.py: install it from PyPI (`pip install --no-deps '
        'mmpose==1.3.2`) or from a checkout'
    )


def load_config(tool: ModuleType, args: Namespace) -> Config:
    """The config that ``args`` name, with their overrides and this project's hooks.

    Args:
        tool: MMPose's tool, whose ``merge_args`` applies the arguments.
        args: What the tool's ``parse_args`` returned.

    Raises:
        FileNotFoundError: there is no such config, or no data for it.
        OSError: the work directory cannot be written.
        ValueError: it has no ``auto_scale_lr`` for ``--auto-scale-lr``; to train, a model that
            does not take as many views as its data have, an optimizer that does not take its
            options.
        KeyError: to train, an optimizer that no registry has.
    """
    if not Path(args.config).is_file():
        raise FileNotFoundError(f'no config at {args.config}')
    try:
        cfg = tool.Config.fromfile(args.config)
    except (SyntaxError, UnicodeDecodeError) as error:
        raise ValueError(f'{args.config} is no config: {error}') from error
    if 'model' not in cfg:
        raise ValueError(f'{args.config} has no `model`')
    if getattr(args, 'auto_scale_lr', False) and 'auto_scale_lr' not in cfg:
        raise ValueError(
            '--auto-scale-lr needs the batch size that the learning rate is meant for: add '
            f'`auto_scale_lr = dict(base_batch_size=...)` to {args.config}'
        )
    cfg = merge_amp(tool, cfg, args)
    if 'checkpoint' not in args:  # a test may take the stock model: same keys, no training
        check_views(cfg)
        check_optimizer(cfg)
    check_data(cfg, used_splits(cfg, args))
    # MMPose's visualization hooks join a relative work_dir to their folder again at every batch.
    cfg.work_dir = os.path.abspath(cfg.work_dir)
    check_folder(cfg.work_dir)
    if 'preprocess_cfg' in cfg:
        cfg.model.setdefault('data_preprocessor', cfg.preprocess_cfg)
    cfg.default_hooks = cfg.get('default_hooks') or {}
    for name, hook in HOOKS.items():
        cfg.default_hooks.setdefault(name, hook)
    return cfg


def used_splits(cfg: Config, args: Namespace) -> tuple[str, ...]:
    """The parts of the data that a command reads; a training ends with a test."""
    if 'checkpoint' in args:
        return ('test',)
    return ('train', 'val', 'test') if cfg.get('val_cfg') else ('train',)


def merge_amp(tool: ModuleType, cfg: Config, args: Namespace) -> Config:
    """MMPose's ``merge_args``, with an ``--amp`` for CPUs too.

    There MMEngine's ``AmpOptimWrapper``, which MMPose sets, becomes ``CPUAmpOptimWrapper``; on a
    GPU a config's ``CPUAmpOptimWrapper`` becomes MMEngine's.
    """
    amp = getattr(args, 'amp', False)
    if amp and cfg.optim_wrapper.get('type') in ('CPUAmpOptimWrapper', CPU_AMP):
        cfg.optim_wrapper.type = 'OptimWrapper'  # MMPose refuses all but MMEngine's
    cfg = tool.merge_args(cfg, args)
    if amp and get_device() == 'cpu' and cfg.optim_wrapper.type == 'AmpOptimWrapper':
        cfg.optim_wrapper.type = CPU_AMP
        for option in ('loss_scale', 'dtype', 'use_fsdp'):
            cfg.optim_wrapper.pop(option, None)
    return cfg


def report_results(runner: Runner, checkpoint: str | None = None) -> None:
    """Print where checkpoint (by default the run's best, or its last), log and pictures are."""
    if not is_main_process():
        return
    work_dir = Path(runner.work_dir)
    if checkpoint is None:
        best = sorted(work_dir.glob('best_*.pth'), key=lambda path: path.stat().st_mtime)
        latest = work_dir / 'last_checkpoint'
        last = latest.read_text().strip() if latest.exists() else 'none'
        checkpoint = str(best[-1]) if best else last
    drawers = (PicturesHook, PoseVisualizationHook, BadCaseAnalysisHook)
    folders = [hook.out_dir for hook in runner.hooks if isinstance(hook, drawers)]
    pictures = ', '.join(str(path) for path in folders if path and Path(path).exists()) or 'none'
    log = Path(runner.log_dir) / f'{runner.timestamp}.log'
    print(f'checkpoint: {checkpoint}  log: {log}  pictures: {pictures}')
