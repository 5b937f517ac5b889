import json

import cv2
import numpy as np
import pytest

from fifa_mm_cli import main


@pytest.fixture
def files(tmp_path):
    """Two result files of three faces, their annotations and images."""
    points = np.random.default_rng(0).uniform(20, 80, (19, 2))
    flat = np.c_[points, np.ones(19)].ravel().tolist()
    ann = {
        'images': [{'id': i, 'file_name': f'{i}.png'} for i in range(3)],
        'annotations': [{'id': i, 'image_id': i, 'keypoints': flat} for i in range(3)],
    }
    (tmp_path / 'ann.json').write_text(json.dumps(ann))
    for i in range(3):
        cv2.imwrite(str(tmp_path / f'{i}.png'), np.full((100, 100, 3), 60 * i, np.uint8))
    row = {'faces': 3, 'NME': None, 'FR': 1.0, 'AUC': 2.0}
    for name in ('first', 'second'):
        face = {'nme': 0.02, 'norm': 50.0, 'keypoints': (points + 1).tolist()}
        faces = [{'id': i, **face} for i in range(3)]
        faces[1].update(nme=None, keypoints=[[None, None]] * 19)
        content = {'protocol': 'box', 'threshold': 0.07, 'faces': faces}
        content['scores'] = {'full': row, 'frontal': row}
        (tmp_path / f'{name}.json').write_text(json.dumps(content))
    return tmp_path


def plot(monkeypatch, folder, *arguments):
    monkeypatch.chdir(folder)
    main(['plot', *arguments, '--out-dir', 'out'])


def test_all_figures_are_drawn(files, monkeypatch, capsys):
    arguments = ['--labels', 'FaRL', 'FiFA', '--ann', 'ann.json', '--img-root', '.']
    plot(monkeypatch, files, 'first.json', 'second.json', *arguments)
    drawn = sorted(path.name for path in (files / 'out').iterdir())
    assert drawn == [
        'ced.png',
        'landmarks_FaRL.png',
        'landmarks_FiFA.png',
        'subsets_fr.png',
        'subsets_nme.png',
        'worst_FaRL.png',
        'worst_FiFA.png',
    ]
    assert sorted(capsys.readouterr().out.split()) == [f'out/{name}' for name in drawn]
    for name in drawn:
        assert cv2.imread(str(files / 'out' / name)).std() > 5


def change(path, **fields):
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_runs_that_do_not_compare_and_missing_files(files, monkeypatch):
    def refused(*arguments):
        with pytest.raises(SystemExit) as error:
            plot(monkeypatch, files, *arguments)
        return error.value.code

    change(files / 'second.json', protocol='diagonal')
    message = refused('first.json', 'second.json')
    assert 'second is scored by diagonal at 0.07 and first by box at 0.07' in message
    face = {'id': 9, 'nme': 1, 'norm': 1, 'keypoints': [[1, 2]]}
    change(files / 'second.json', protocol='box', faces=[face])
    assert 'differ in 4 faces' in refused('first.json', 'second.json')
    (files / '0.png').unlink()
    assert 'no image at 0.png' in refused('first.json', '--ann', 'ann.json', '--img-root', '.')
    assert 'must have different names' in refused('first.json', 'first.json')
    assert not (files / 'out').exists()
