"""What the command-line tools share: MMPose's own tools, with this project's hooks."""

import importlib.util
from pathlib import Path

import mmpose

HOOKS = {
    'progress': {'type': 'fifa_mm.ProgressHook'},
    'report': {'type': 'fifa_mm.RunReportHook'},
    'pictures': {'type': 'fifa_mm.PicturesHook'},
}


def mmpose_tool(name):
    """The module of a tool that MMPose ships, such as ``train`` or ``test``.

    Raises:
        FileNotFoundError: this installation of MMPose has none.
    """
    package = Path(mmpose.__file__).parent
    for folder in (package / '.mim' / 'tools', package.parent / 'tools'):
        if (path := folder / f'{name}.py').exists():
            spec = importlib.util.spec_from_file_location(f'mmpose_tools_{name}', path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    raise FileNotFoundError(
        f'MMPose at {package} has no tools/{name}.py: install it from PyPI (`pip install --no-deps '
        'mmpose==1.3.2`) or from a checkout'
    )


def load_config(tool, args):
    """The config that ``args`` name, with their overrides and this project's hooks.

    Args:
        tool (module): MMPose's tool, whose ``merge_args`` applies the arguments.
        args (argparse.Namespace): What the tool's ``parse_args`` returned.

    Raises:
        FileNotFoundError: there is no such config.
    """
    if not Path(args.config).is_file():
        raise FileNotFoundError(f'no config at {args.config}')
    cfg = tool.merge_args(tool.Config.fromfile(args.config), args)
    if 'preprocess_cfg' in cfg:
        cfg.model.setdefault('data_preprocessor', cfg.preprocess_cfg)
    for name, hook in HOOKS.items():
        cfg.default_hooks.setdefault(name, hook)
    return cfg


def results_line(runner):
    """Where checkpoint, log and pictures of a run are, in one line."""
    work_dir = Path(runner.work_dir)
    best = sorted(work_dir.glob('best_*.pth'), key=lambda path: path.stat().st_mtime)
    latest = work_dir / 'last_checkpoint'
    checkpoint = best[-1] if best else latest.read_text().strip() if latest.exists() else 'none'
    log = Path(runner.log_dir) / f'{runner.timestamp}.log'
    pictures = work_dir / 'pictures' if (work_dir / 'pictures').exists() else 'none'
    return f'checkpoint: {checkpoint}  log: {log}  pictures: {pictures}'
