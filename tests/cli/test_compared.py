"""`fifa_mm plot saliency` and `fifa_mm plot overlay`."""

import shutil

import cv2
import pytest

from fifa_mm_cli import main


@pytest.fixture
def runs(demo_config, demo_checkpoint, tmp_path):
    """Two work directories."""
    paths = []
    for name in ('plain', 'fifa'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'demo.py').write_text(
            f"_base_ = '{demo_config}'\ntest_dataloader = dict(dataset=dict(num_samples=4))\n"
        )
        paths.append(str(shutil.copy(demo_checkpoint, tmp_path / name / 'best.pth')))
    return paths


def test_overlay(runs, tmp_path, capsys):
    out = tmp_path / 'overlay.png'
    main(['plot', 'overlay', *runs, '--search', '4', '--count', '2', '--out', str(out)])
    assert cv2.imread(str(out)).std() > 5
    printed = capsys.readouterr().out
    assert f'{out}; inter-ocular, 4 faces\nplain: NME ' in printed
    assert '\nfifa: NME ' in printed


def test_saliency(runs, tmp_path, capsys):
    pytest.importorskip('captum')
    out, faces = tmp_path / 'saliency.png', str(tmp_path / 'fifa' / 'demo.py')
    arguments = ['--count', '2', '--names', 'a', 'b', '--faces', faces, '--out', str(out)]
    main(['plot', 'saliency', *runs, *arguments])
    assert cv2.imread(str(out)).std() > 5
    assert str(out) in capsys.readouterr().out


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--names', 'a'], '--names must be 2, got 1'),
        (['--configs', 'demo'], '--configs must be 2, got 1'),
        (['--names', 'a', 'a'], 'names must differ'),
    ],
)
def test_bad_arguments(runs, arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(['plot', 'overlay', *runs, *arguments])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_bad_files(runs, tmp_path):
    with pytest.raises(SystemExit, match='one config must lie beside'):
        main(['plot', 'overlay', runs[0], str(tmp_path / 'none.pth')])
    with pytest.raises(SystemExit, match='--count must be an integer of at least 1'):
        main(['plot', 'overlay', *runs, '--count', '0'])
