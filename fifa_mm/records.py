"""What every record of a measurement says about the machine."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

PACKAGES = ('torch', 'numpy', 'mmpose', 'albumentations', 'opencv-python-headless')


def hardware() -> dict[str, Any]:
    """Processor, cores, threads in use and, where there is one, GPU."""
    described = {'cpu': _cpu_name(), 'cores': os.cpu_count(), 'threads': torch.get_num_threads()}
    if torch.cuda.is_available():
        described['gpu'] = torch.cuda.get_device_name()
    return described


def versions() -> dict[str, str]:
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


def _cpu_name() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor()
