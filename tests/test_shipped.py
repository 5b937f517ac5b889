"""Configs are found by path and by name, in a clone and in an installed package."""

from pathlib import Path

import pytest

from fifa_mm import shipped

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    'name',
    [
        'configs/table7/hrnet.py',
        'table7/hrnet.py',
        'table7/hrnet',
        'hrnet.py',
        'hrnet',
        Path('hrnet'),
    ],
)
def test_found_by_path_and_by_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shipped.find_config(name) == ROOT / 'configs' / 'table7' / 'hrnet.py'


def test_a_file_comes_before_a_shipped_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'hrnet.py').touch()
    assert shipped.find_config('hrnet.py') == Path('hrnet.py')


@pytest.mark.parametrize('name', ['nosuch', 'table1/hrnet', 'wflw.py', '_base_/nosuch', 'table7'])
def test_unknown(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=f'no config at {name}'):
        shipped.find_config(name)


def test_an_installed_package_has_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, 'PACKAGE', tmp_path / 'site' / 'fifa_mm')
    with pytest.raises(FileNotFoundError, match=r'no configs in .*site/fifa_mm/\.mim or .*site'):
        shipped.shipped('configs')
    folder = tmp_path / 'site' / 'fifa_mm' / '.mim' / 'configs'
    folder.mkdir(parents=True)
    assert shipped.shipped('configs') == folder
