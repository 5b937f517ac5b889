import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from fifa_mm.metrics.predictions import evaluate_predictions

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'evaluate.py'


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


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, 'argv', ['evaluate.py', *map(str, arguments)])
    runpy.run_path(str(TOOL), run_name='__main__')


def test_command_line_prints_the_protocol_and_writes_a_prediction_file(files, monkeypatch, capsys):
    folder, ann, faces = files
    faces[1]['keypoints'] = None
    faces[2]['keypoints'][5][0] = float('nan')
    pred_file, ann_file = write(folder / 'pred.json', faces), write(folder / 'ann.json', ann)
    options = ['--protocol', 'inter-ocular', '--out', folder / 'out.json', '--subsets', 'blur']
    rules = ['hard=path:ibug', 'even=blur:0', f'all=file:{ann_file}']
    run(monkeypatch, pred_file, ann_file, *options, *rules)
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


def test_command_line_reports_bad_input_in_one_line(files, monkeypatch):
    folder, ann, faces = files
    pred_file, ann_file = write(folder / 'pred.json', faces[1:]), write(folder / 'ann.json', ann)
    options = [pred_file, ann_file, '--protocol', 'inter-ocular']
    with pytest.raises(SystemExit, match=r'^evaluate.py: .* 1 face: 1 \(lfpw/1.jpg\)'):
        run(monkeypatch, *options)
    for rules in (['blur', 'blur'], ['hard=ibug']):
        with pytest.raises(SystemExit) as error:
            run(monkeypatch, *options, '--subsets', *rules)
        assert error.value.code == 2


def broken(ann, faces, how):
    """Break the files in one way."""
    points = faces[1]['keypoints']
    if how == 'two missing':
        del faces[:2]
    elif how == 'extra':
        faces.append({'id': 9, 'keypoints': points})
    elif how == 'twice':
        faces.append(faces[0])
    elif how == 'no id':
        del faces[2]['id']
    elif how == 'unknown image':
        faces[2] = {'file_name': 'x.jpg', 'keypoints': points}
    elif how == 'shared image':
        ann['annotations'][0]['image_id'] = 2
        faces[1] = {'file_name': 'lfpw/2.jpg', 'keypoints': points}
    elif how == 'landmarks':
        points.pop()
    elif how == 'flat':
        faces[1]['keypoints'] = np.ravel(points).tolist()
    elif how == 'ragged':
        points[3] = [1]
    elif how == 'no keypoints':
        del faces[1]['keypoints']
    elif how == 'eyes':
        ann['annotations'][1]['keypoints'][24:26] = ann['annotations'][1]['keypoints'][27:29]
    elif how == 'mixed labels':
        ann['annotations'][1]['keypoints'] = [0, 0, 1] * 19
    elif how == 'double id':
        ann['annotations'][1]['id'] = 1
    elif how == 'lost image':
        del ann['images'][0]
    elif how == 'no name':
        del ann['images'][1]['file_name']
    elif how == 'no labels':
        del ann['annotations'][2]['keypoints']
    return faces


@pytest.mark.parametrize(
    ('how', 'message'),
    [
        ('two missing', r'2 faces: 1 \(lfpw/1.jpg\), 2 \(lfpw/2.jpg\) .* missing'),
        ('extra', 'face id 9 is not in'),
        ('twice', 'face 1 is predicted twice'),
        ('no id', "position 2 has neither 'id' nor 'file_name'"),
        ('unknown image', "'x.jpg' has 0 faces"),
        ('shared image', "'lfpw/2.jpg' has 2 faces"),
        ('landmarks', r'face 2 must have 29 landmarks as \[x, y\] pairs, got 28'),
        ('flat', 'face 2 must have 29 landmarks .* got 58'),
        ('ragged', 'face 2 must have 29 landmarks'),
        ('no keypoints', "face 2 has no 'keypoints'"),
        ('eyes', r'face id 2 \(lfpw/2.jpg\): the inter-ocular length must be positive'),
        ('mixed labels', r'one number of landmarks, got \[19, 29\]'),
        ('double id', 'face id 1 occurs twice'),
        ('lost image', 'annotation 1: no image 1'),
        ('no name', r"image 2 lacks \['file_name'\]"),
        ('no labels', r"annotation 3 lacks \['keypoints'\]"),
    ],
)
def test_bad_files_are_named(files, how, message):
    folder, ann, faces = files
    with pytest.raises(ValueError, match=message):
        score((folder, ann, broken(ann, faces, how)))


def test_files_of_another_kind(files):
    folder, ann, faces = files
    with pytest.raises(ValueError, match='must be a list of faces'):
        score((folder, ann, {'predictions': faces}))
    with pytest.raises(ValueError, match='it must be an object, got a list'):
        score((folder, faces, faces))
    with pytest.raises(ValueError, match="face 1 has neither 'box_size' nor 'bbox'"):
        score(files, protocol='box')
