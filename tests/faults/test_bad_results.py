"""Bad files and arguments of evaluate, plot, summarize and mean-shape: the exact line of each."""

import copy
import json

import pytest

import fifa_mm_cli

PLOT = {'protocol': 'inter-ocular', 'threshold': 0.1, 'scores': {'full': {'faces': 1}}}
FACE = {'id': 1, 'nme': 0.1, 'norm': 10.0, 'keypoints': [[1.0, 2.0]] * 68}
POINT = {'epoch': 1, 'NME': 5.0}
REPORT = {'curve': [POINT], 'last': {'val': POINT}, 'max_epochs': 1, 'seed': 0}
LANDMARKS = [float(value) for i in range(68) for value in (i, i % 7, 1)]
ANNOTATION = {'id': 1, 'image_id': 1, 'keypoints': LANDMARKS, 'bbox': [0, 0, 9, 9], 'pose': 1}
COCO = {'images': [{'id': 1, 'file_name': 'a.jpg'}], 'annotations': [ANNOTATION]}


def face(**changes):
    return {**PLOT, 'faces': [{**FACE, **changes}]}


def coco(**changes):
    content = copy.deepcopy(COCO)
    content['annotations'][0].update(changes)
    return content


def written(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.fixture
def line(tmp_path, monkeypatch, capsys):
    """The line that a command ends with, a usage error's last; paths are named by file name."""
    monkeypatch.chdir(tmp_path)

    def line(*arguments):
        with pytest.raises(SystemExit) as stop:
            fifa_mm_cli.main([str(argument) for argument in arguments])
        return capsys.readouterr().err.splitlines()[-1] if stop.value.code == 2 else stop.value.code

    return line


NO_JSON = '{} is not a whole JSON file: Expecting value: line 1 column 1 (char 0)'
SUMMARIZE = [
    ('', NO_JSON.format('a.json')),
    ('junk', NO_JSON.format('a.json')),
    (
        '{"curve": [',
        'a.json is not a whole JSON file: Expecting value: line 1 column 12 (char 11)',
    ),
    (
        [],
        'a.json must be the report of a run that ended, it has no `curve`, `last`, '
        '`max_epochs`, `seed`',
    ),
    (
        {key: value for key, value in REPORT.items() if key != 'last'},
        'a.json must be the report of a run that ended, it has no `last`',
    ),
    (
        {**REPORT, 'curve': [{'epoch': 1, 'PCK': 0.1}]},
        'a.json must have `epoch` and `NME` in every point of its curve',
    ),
]


@pytest.mark.parametrize(('content', 'message'), SUMMARIZE)
def test_summarize(content, message, line, tmp_path):
    written(tmp_path / 'a.json', content)
    assert line('summarize', 'a.json') == f'fifa_mm summarize: {message}'


PLOTS = [
    ('junk', 'a.json is not a whole JSON file: Expecting value: line 1 column 1 (char 0)'),
    ([], 'a.json must be a result with faces, protocol, scores, threshold'),
    (PLOT, 'a.json must be a result with faces, protocol, scores, threshold'),
    ({**PLOT, 'faces': [1]}, 'a.json: face 0 must have id, keypoints, nme, norm'),
    ({**PLOT, 'faces': [{'id': 1}]}, 'a.json: face 0 must have id, keypoints, nme, norm'),
    (
        face(nme='large'),
        "a.json: nme of the faces must be numbers: could not convert string to float: 'large'",
    ),
    (face(keypoints=[1, 2]), 'a.json: keypoints of the faces must have one shape, (1, 2)'),
]


@pytest.mark.parametrize(('content', 'message'), PLOTS)
def test_plot(content, message, line, tmp_path):
    written(tmp_path / 'a.json', content)
    assert line('plot', 'a.json') == f'fifa_mm plot: {message}'


PRED = [{'id': 1, 'keypoints': [[1.0, 2.0]] * 68}]
SECOND = {**ANNOTATION, 'id': 2}
TWO = {**COCO, 'annotations': [ANNOTATION, SECOND]}
MIXED = 'ann.json must have one number of landmarks, got [19, 68]'
MISSING = 'of ann.json missing; a failed prediction is written as "keypoints": null'
EVALUATE = [
    ('junk', COCO, NO_JSON.format('pred.json')),
    (PRED, 'junk', NO_JSON.format('ann.json')),
    (PRED, [], 'ann.json: it must be an object, got a list'),
    (PRED, {'images': []}, "ann.json: no field 'annotations', only ['images']"),
    (
        PRED,
        coco(keypoints=None),
        'ann.json: annotation 1 has 1 numbers as keypoints, needs three a landmark',
    ),
    (PRED, coco(image_id=2), 'ann.json: annotation 1: no image 2'),
    (PRED, coco(id=[1]), "ann.json: id of entry 0 of 'annotations' must be a number, got [1]"),
    (PRED, {**COCO, 'annotations': [ANNOTATION] * 2}, 'ann.json: face id 1 occurs twice'),
    (
        PRED,
        coco(keypoints=LANDMARKS[:-1]),
        'ann.json: annotation 1 has 203 numbers as keypoints, needs three a landmark',
    ),
    (
        PRED,
        coco(keypoints=[1.0, 2.0, 1.0] * 5),
        "ann.json: face id 1 (a.jpg): protocol 'inter-ocular' is defined for 98, 68, 29, 19 "
        "landmarks, got 5; 'landmark-box' works for any number",
    ),
    (
        PRED,
        coco(keypoints=[1.0, 2.0, 1.0] * 68),
        'ann.json: face id 1 (a.jpg): the inter-ocular length must be positive, got 0.0 for face 0',
    ),
    (
        PRED,
        {**COCO, 'images': [{'id': 1}]},
        "ann.json: image 1 lacks ['file_name']",
    ),
    (PRED, TWO | {'annotations': [ANNOTATION, SECOND | {'keypoints': LANDMARKS[:57]}]}, MIXED),
    ([], TWO, f'pred.json: 2 faces: 1 (a.jpg), 2 (a.jpg) {MISSING}'),
    (
        [{'file_name': 'a.jpg'}],
        TWO,
        "pred.json: image 'a.jpg' has 2 faces in ann.json; 'file_name' needs exactly one, use 'id'",
    ),
    (
        [{'file_name': 'x.jpg'}],
        COCO,
        "pred.json: image 'x.jpg' has 0 faces in ann.json; 'file_name' needs exactly one, use 'id'",
    ),
    (
        [{'id': 1, 'keypoints': [1.0] * 136}],
        COCO,
        'pred.json: face 1 must have 68 landmarks as [x, y] pairs, got 136 entries of shape '
        'unknown',
    ),
    (
        [{'id': 1, 'keypoints': [[1, 2]] * 67 + [[1]]}],
        COCO,
        'pred.json: face 1 must have 68 landmarks as [x, y] pairs, got 68 entries of shape unknown',
    ),
    ({}, COCO, "pred.json must be a list of faces, or an object with a list 'faces'"),
    ([{}], COCO, "pred.json: face at position 0 has neither 'id' nor 'file_name'"),
    ([{'id': 7}], COCO, 'pred.json: face id 7 is not in ann.json'),
    ([{'id': 1}], COCO, "pred.json: face 1 has no 'keypoints'"),
    (PRED * 2, COCO, 'pred.json: face 1 is predicted twice'),
    (
        [],
        COCO,
        f'pred.json: 1 face: 1 (a.jpg) {MISSING}',
    ),
    (
        [{'id': 1, 'keypoints': [[1, 2]] * 98}],
        COCO,
        'pred.json: face 1 must have 68 landmarks as [x, y] pairs, got 98 entries of shape (2,)',
    ),
]


@pytest.mark.parametrize(('pred', 'ann', 'message'), EVALUATE)
def test_evaluate(pred, ann, message, line, tmp_path):
    written(tmp_path / 'pred.json', pred)
    written(tmp_path / 'ann.json', ann)
    command = ['evaluate', 'pred.json', 'ann.json', '--protocol', 'inter-ocular']
    assert line(*command) == f'fifa_mm evaluate: {message}'


RULE = 'threshold (a fraction, 0.1 is 10 %) must be a number above 0 and below 1'
OWN_NAMES = "subsets must have names of their own, 'full' is the whole set"
ARGUMENTS = [
    ('evaluate', '--threshold 10', f'{RULE}, got 10.0'),
    ('evaluate', '--threshold nan', f'{RULE}, got nan'),
    ('evaluate', '--threshold ten', "error: argument --threshold: invalid float value: 'ten'"),
    ('evaluate', '--subsets full=path:a', f"{OWN_NAMES}, got 'full'"),
    ('evaluate', '--subsets full', f"{OWN_NAMES}, got 'full'"),
    ('evaluate', '--subsets pose pose', 'error: --subsets must not repeat a name'),
    (
        'evaluate',
        '--subsets a=b',
        "error: argument --subsets: 'a=b' must be NAME, NAME=path:REGEX, NAME=file:ANN.json or "
        'NAME=FIELD:VALUE',
    ),
    (
        'evaluate',
        '--subsets blur',
        "no face of ann.json is in subset 'blur'; fields there: bbox, id, image_id, keypoints, "
        'pose',
    ),
    ('evaluate', '--subsets a=file:none.json', "[Errno 2] No such file or directory: 'none.json'"),
    (
        'evaluate',
        '--auc-grid hrnet',
        "error: argument --auc-grid: invalid choice: 'hrnet' (choose from 'farl')",
    ),
    ('evaluate', '--out file/a.json', "[Errno 20] Not a directory: 'file'"),
    ('evaluate', '--out .', "[Errno 21] Is a directory: '.'"),
    ('plot', '--worst 0', '--worst must be an integer of at least 1, got 0'),
    ('plot', '--worst 2.5', "error: argument --worst: invalid int value: '2.5'"),
    ('plot', '--labels a b', 'error: --labels must name 1 runs, got 2'),
    ('plot', '--img-root .', 'error: --img-root needs --ann'),
    ('plot', '--out-dir file', "[Errno 20] Not a directory: 'file'"),
    ('plot', '--ann none.json', "[Errno 2] No such file or directory: 'none.json'"),
    ('plot', '--ann ann.json --img-root none', 'no image at none/a.jpg'),
    ('summarize', '--seeds --reach nan', '--reach must be a number above 0 or None, got nan'),
    ('summarize', '--seeds --reach -1', '--reach must be a number above 0 or None, got -1.0'),
    ('summarize', '--reach 5', 'error: --reach needs --seeds'),
    ('summarize', '--curves file/a.png', "[Errno 20] Not a directory: 'file'"),
    ('summarize', 'none.json', "[Errno 2] No such file or directory: 'none.json'"),
    (
        'mean-shape',
        '--out a.txt',
        "mean_shape must be 'synthetic' or end in .npy or .json, got 'a.txt'",
    ),
    ('mean-shape', '--out file/a.npy', "[Errno 20] Not a directory: 'file'"),
]
FILES = {
    'evaluate': 'pred.json ann.json --protocol inter-ocular',
    'plot': 'result.json',
    'summarize': 'report.json',
    'mean-shape': 'ann.json',
}


@pytest.mark.parametrize(('command', 'arguments', 'message'), ARGUMENTS)
def test_arguments(command, arguments, message, line, tmp_path):
    written(tmp_path / 'pred.json', PRED)
    written(tmp_path / 'ann.json', COCO)
    written(tmp_path / 'result.json', face())
    written(tmp_path / 'report.json', REPORT)
    written(tmp_path / 'file', '')
    found = line(command, *FILES[command].split(), *arguments.split())
    assert found == f'fifa_mm {command}: {message}'
