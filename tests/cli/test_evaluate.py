import json

import numpy as np
import pytest

from fifa_mm.metrics.predictions import evaluate_predictions
from fifa_mm_cli import main


def write(path, content):
    path.write_text(json.dumps(content))
    return str(path)


@pytest.fixture
def files(tmp_path):
    """Three faces with 29 landmarks 100 pixels apart at the eyes; face i is predicted i px off."""
    points = np.random.default_rng(0).uniform(0, 99, (29, 2))
    points[8], points[9] = (0, 0), (100, 0)
    flat = np.c_[points, np.ones(29)].ravel().tolist()
    annotations = [{'id': i, 'image_id': i, 'keypoints': [*flat], 'blur': i % 2} for i in (1, 2, 3)]
    images = [{'id': i, 'file_name': f'{"ibug" if i == 3 else "lfpw"}/{i}.jpg'} for i in (1, 2, 3)]
    faces = [{'id': i, 'keypoints': (points + [i, 0]).tolist()} for i in (1, 2, 3)]
    ann = {'images': images, 'annotations': annotations}
    return tmp_path, ann, faces


def score(files, **options):
    folder, ann, faces = files
    pred_file, ann_file = write(folder / 'pred.json', faces), write(folder / 'ann.json', ann)
    return evaluate_predictions(pred_file, ann_file, **options)


def test_scores_and_subsets(files):
    result = score(files, threshold=0.025, subsets={'blur': 'blur', 'hard': {'path': 'ibug'}})
    scores = result['scores']
    assert scores['full']['NME'] == pytest.approx(2)
    assert scores['full']['FR'] == pytest.approx(100 / 3)
    assert scores['full']['AUC'] == pytest.approx(100 * (0.6 + 0.2) / 3)
    assert (scores['blur']['faces'], scores['hard']['faces']) == (2, 1)
    assert scores['hard']['NME'] == pytest.approx(3)


def test_order_and_key_of_the_faces_do_not_matter(files):
    folder, ann, faces = files
    before = score(files)['faces']
    shuffled = [{'file_name': f'lfpw/{f.pop("id")}.jpg', **f} for f in faces[:2]] + faces[2:]
    after = score((folder, ann, {'faces': shuffled[::-1]}))['faces']
    assert [f['nme'] for f in after] == [f['nme'] for f in before]


def run(*arguments):
    main(['evaluate', *map(str, arguments)])


def test_command_line_prints_the_protocol_and_writes_a_prediction_file(files, capsys):
    folder, ann, faces = files
    faces[1]['keypoints'] = None
    faces[2]['keypoints'][5][0] = float('nan')
    pred_file, ann_file = write(folder / 'pred.json', faces), write(folder / 'ann.json', ann)
    options = ['--protocol', 'inter-ocular', '--out', folder / 'out.json', '--subsets', 'blur']
    rules = ['hard=path:ibug', 'even=blur:0', f'all=file:{ann_file}']
    run(pred_file, ann_file, *options, *rules)
    said = capsys.readouterr().out
    assert '3 faces, 29 landmarks, protocol inter-ocular, FR and AUC at 10 %' in said
    assert '2 of 3 faces have NaN or infinite predictions' in said
    assert '(NME of the other faces: 1.0000)' in said
    out = json.loads((folder / 'out.json').read_text())
    assert out['scores']['full']['FR'] == pytest.approx(200 / 3)
    assert [row['faces'] for row in out['scores'].values()] == [3, 2, 1, 1, 3]
    again = score((folder, ann, out))
    assert again['scores']['full']['FR'] == out['scores']['full']['FR']
    assert again['faces'][0]['nme'] == out['faces'][0]['nme']


def test_faces_without_a_box(files):
    with pytest.raises(ValueError, match="face 1 has neither 'box_size' nor 'bbox'"):
        score(files, protocol='box')
