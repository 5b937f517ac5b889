"""What every record of a measurement says about the machine, and how JSON is written and read."""

import json
import math
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import numpy as np
import torch

PACKAGES = ('torch', 'numpy', 'mmpose', 'albumentations', 'opencv-python-headless')


def write_json(path, content):
    """Write JSON so that a reader, or a kill, never meets half a file. Makes the folder.

    NumPy arrays become lists; numbers that are not finite become ``null``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.name}.part')
    try:
        temporary.write_text(json.dumps(_plain(content), indent=1, allow_nan=False) + '\n')
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_json(path):
    """Read JSON.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no JSON, or a part of it.
    """
    try:
        return json.loads(Path(path).read_text())
    except (ValueError, IsADirectoryError) as error:
        raise ValueError(f'{path} is not a whole JSON file: {error}') from error


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def hardware():
    """Processor, cores, threads in use and, where there is one, GPU."""
    described = {'cpu': _cpu_name(), 'cores': os.cpu_count(), 'threads': torch.get_num_threads()}
    if torch.cuda.is_available():
        described['gpu'] = torch.cuda.get_device_name()
    return described


def versions():
    """Version of Python and of the packages that figures depend on, and this project's commit."""
    found = {'python': platform.python_version()}
    if name := commit():
        found['commit'] = name
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str | None:
    """The commit of this package's checkout, ``-dirty`` where files differ; None for a wheel."""
    folder = Path(__file__).parent
    commands = (
        ['ls-files', '--error-unmatch', Path(__file__).name],  # not the repository around a venv
        ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'],
    )
    try:
        for command in commands:
            run = subprocess.run(
                ['git', *command], cwd=folder, capture_output=True, text=True, check=True
            )
    except (OSError, subprocess.CalledProcessError):
        return None
    return run.stdout.strip()


def _cpu_name():
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor()
