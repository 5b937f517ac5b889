"""Says whether training can start here, and the command that makes it so."""

import sys
import warnings
from collections.abc import Iterable
from importlib import metadata

from fifa_mm import compat
from fifa_mm.compat import describe, import_error

# Import name; the command that installs it; whether training needs it.
PACKAGES = [
    ('numpy', 'pip install "numpy<2.3"', True),
    ('torch', 'pip install torch', True),
    ('cv2', 'pip install --force-reinstall --no-deps opencv-python-headless', True),
    ('mmengine', 'pip install onedl-mmengine==0.10.12', True),
    ('mmcv', 'pip install onedl-mmcv==2.3.6', True),
    ('mmpose', 'pip install --no-deps mmpose==1.3.2 && pip install munkres', True),
    ('albumentations', 'pip install "albumentations>=2.0.8,<2.1"', False),
    ('antialiased_cnns', 'pip install antialiased-cnns==0.3', True),
    ('munkres', 'pip install munkres', True),
    ('matplotlib', 'pip install matplotlib', True),
    ('scipy', 'pip install scipy', True),
    ('tqdm', 'pip install tqdm', True),
    ('mmdet', 'pip install --no-deps onedl-mmdetection==3.5.1', False),
    ('torchvision', 'pip install torchvision, of the same build as torch', False),
    ('pycocotools', 'pip install pycocotools', False),
    ('xtcocotools', 'pip install --no-binary xtcocotools xtcocotools', False),
]
# The commands that differ where the OpenMMLab originals are installed instead of their forks.
ORIGINALS = {
    'numpy': 'pip install "numpy<2"',
    'mmengine': 'pip install mmengine==0.10.7 "setuptools<81"',
    'mmcv': 'pip install mmcv-lite==2.1.0',
}
MMPOSE = ['datasets', 'models', 'evaluation', 'visualization']
PARTS = [f'mmpose.{part}' for part in MMPOSE] + ['fifa_mm.registered']


def version(module: str) -> str:
    """The version of the distribution that a module was installed by, and its name."""
    names = metadata.packages_distributions().get(module.partition('.')[0], [])
    return ', '.join(f'{name} {metadata.version(name)}' for name in sorted(set(names)))


def has_originals(distributions: Iterable[str]) -> bool:
    """Whether of these names of distributions some are OpenMMLab's own and none a fork."""
    names = {name.lower().replace('_', '-') for name in distributions}
    forks = {'onedl-mmengine', 'onedl-mmcv', 'onedl-mmdetection'}
    return bool(names & {'mmengine', 'mmcv', 'mmcv-lite', 'mmdet'}) and not names & forks


def repair_commands() -> dict[str, str]:
    """The command that installs each package, for the stack that is installed."""
    commands = {name: command for name, command, _ in PACKAGES}
    installed = [d.metadata['Name'] or '' for d in metadata.distributions()]
    return commands | (ORIGINALS if has_originals(installed) else {})


def diagnose() -> tuple[list[str], list[str]]:
    """Look at the packages, the shims and the parts of MMPose that training imports.

    Returns:
        Lines to print, and the commands that mend what keeps training from starting.
    """
    lines, repairs = [f'Python {sys.version.split()[0]}'], []
    broken = {name: import_error(name) for name, _, _ in PACKAGES}
    commands = repair_commands()
    for name, _, needed in PACKAGES:
        if (error := broken[name]) is None:
            lines.append(f'  ok       {version(name) or name + " (stand-in, see shims)"}')
        else:
            lines.append(f'  {"BROKEN" if needed else "absent":8} {name}: {describe(error)}')
            if needed:
                repairs.append(commands[name])
    if broken['xtcocotools'] and broken['pycocotools']:
        repairs.append('pip install pycocotools')
    if repairs:
        return lines, repairs
    lines += ['shims']
    lines += [f'  {name}: {done}' for name, done in compat.apply().items()] or ['  none needed']
    for part in PARTS:
        if error := import_error(part):
            lines.append(f'  BROKEN   {part}: {describe(error)}')
            repairs.append(f'report it with the output of `python -c "import fifa_mm, {part}"`')
    return lines, repairs


def main() -> int:
    """Print the diagnosis; returns the exit status."""
    warnings.simplefilter('ignore')
    lines, repairs = diagnose()
    print('\n'.join(lines))
    if repairs:
        print('training cannot start; to mend it:')
        print('\n'.join(f'  {command}' for command in dict.fromkeys(repairs)))
        return 1
    print('training can start')
    return 0
