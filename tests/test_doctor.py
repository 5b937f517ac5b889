"""The doctor says whether training can start and what mends it."""

import subprocess
import sys
from pathlib import Path

import pytest

from fifa_mm import doctor

ROOT = Path(__file__).resolve().parents[1]


def test_healthy_installation():
    lines, repairs = doctor.diagnose()
    assert repairs == []
    assert any('mmpose 1.3.2' in line for line in lines)
    assert 'shims' in lines


def test_what_is_broken_is_named_with_its_repair(monkeypatch):
    monkeypatch.setattr(
        doctor, 'import_error', lambda module: ValueError('no') if module == 'munkres' else None
    )
    lines, repairs = doctor.diagnose()
    assert '  BROKEN   munkres: ValueError: no' in lines
    assert repairs == ['pip install munkres']
    assert doctor.main() == 1


@pytest.mark.parametrize(
    ('installed', 'expected'),
    [
        ([], False),
        (['numpy', 'mmpose'], False),
        (['onedl-mmengine', 'onedl_mmcv'], False),
        (['mmengine', 'mmcv'], True),
        (['mmcv_lite'], True),
        (['onedl-mmengine', 'mmdet'], False),
    ],
)
def test_originals_and_forks_are_told_apart(installed, expected):
    assert doctor.has_originals(installed) is expected


@pytest.mark.parametrize('stack', ['default', 'openmmlab'])
def test_repairs_name_the_packages_of_the_installed_stack(stack, monkeypatch):
    monkeypatch.setattr(doctor, 'has_originals', lambda names: stack == 'openmmlab')
    monkeypatch.setattr(doctor, 'import_error', lambda module: ValueError('no'))
    repairs = ' '.join(doctor.diagnose()[1])
    requirements = ROOT / 'requirements' / f'{stack}-nodeps.txt'
    pins = [p for p in requirements.read_text().split() if 'mmengine==' in p or 'mmcv' in p]
    assert len([pin for pin in pins if '==' in pin]) == 2
    assert all(f' {pin}' in repairs for pin in pins if '==' in pin)
    assert ('onedl' in repairs) == (stack == 'default')


def test_either_reader_of_annotations_will_do(monkeypatch):
    tools = {'xtcocotools', 'pycocotools'}
    monkeypatch.setattr(
        doctor, 'import_error', lambda module: OSError() if module in tools else None
    )
    assert doctor.diagnose()[1] == ['pip install pycocotools']


def test_a_broken_part_of_this_package_is_found(monkeypatch):
    """The package itself imports, for the doctor's sake, whatever is broken in it."""
    monkeypatch.setitem(sys.modules, 'fifa_mm.registered', None)
    lines, repairs = doctor.diagnose()
    assert any(line.startswith('  BROKEN   fifa_mm.registered: ') for line in lines)
    assert len(repairs) == 1


@pytest.mark.parametrize('module', ['fifa_mm', 'fifa_mm_cli'])
def test_runs_where_nothing_is_installed(module, tmp_path):
    """In an interpreter that sees the package but none of its requirements."""
    root = doctor.__file__.rpartition('fifa_mm')[0]
    result = subprocess.run(
        [sys.executable, '-S', '-m', module, 'doctor'],
        capture_output=True,
        text=True,
        env={'PYTHONPATH': root, 'PATH': ''},
        cwd=tmp_path,
    )
    assert result.returncode == 1
    assert 'training cannot start' in result.stdout
    assert 'pip install --no-deps mmpose==1.3.2' in result.stdout


BROKEN = """
import sys
sys.modules['mmcv'] = None
try:
    import fifa_mm
except ImportError as error:
    print(error)
from fifa_mm_cli import main
main(['doctor'])
"""


def test_a_broken_mmpose_is_an_error_on_import_and_not_for_the_doctor():
    result = subprocess.run([sys.executable, '-c', BROKEN], capture_output=True, text=True)
    assert result.returncode == 1
    assert '`fifa_mm doctor` says how to mend it' in result.stdout
    assert 'BROKEN   mmcv' in result.stdout


def test_import_without_mmpose_is_silent():
    code = "import sys; sys.modules['mmpose'] = None; import fifa_mm; print(len(sys.modules))"
    result = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert result.returncode == 0
    assert result.stderr == ''
    assert int(result.stdout) < 300
