"""Bad downloads and annotation files: the exact message of each, from the converters."""

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.io
from PIL import Image

from fifa_mm.datasets.prepare import SOURCES, check, prepare

SMALL = replace(
    SOURCES['wflw'],
    files={'face_landmarks_wflw_train': 1, 'face_landmarks_wflw_test': 1},
    parts={},
)
TEST = 'annotations/face_landmarks_wflw_test.json'
WHERE = 'face_landmarks_wflw_test: face 1 (a.jpg)'


def wflw_line(**changes):
    """Fields of a line, counted from 1, with some replaced."""
    points = np.random.default_rng(0).uniform(20, 60, 196)
    fields = [*(f'{v:.3f}' for v in points), '20', '20', '60', '60', *'000000', 'a.jpg']
    for field, value in changes.items():
        fields[int(field.removeprefix('f')) - 1] = value
    return ' '.join(fields)


def make_wflw(folder, train=None, test=None, size=(80, 80)):
    lists = folder / 'WFLW_annotations' / 'list_98pt_rect_attr_train_test'
    lists.mkdir(parents=True)
    (folder / 'WFLW_images').mkdir()
    Image.new('RGB', size).save(folder / 'WFLW_images' / 'a.jpg')
    for split, text in (('train', train), ('test', test)):
        path = lists / f'list_98pt_rect_attr_{split}.txt'
        text = wflw_line() if text is None else text
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return lists / 'list_98pt_rect_attr_test.txt'


FLAGS = "line 1: attributes must be 0 or 1, got [{}, '0', '0', '0', '0']"
LINES = [
    (wflw_line(f1='x'), "line 1: field 1 must be a number, got 'x'"),
    (wflw_line(f197='1,5'), "line 1: field 197 must be a number, got '1,5'"),
    (wflw_line(f202='0.5'), FLAGS.format("'0', '0.5'")),
    (wflw_line(f201='nan'), FLAGS.format("'nan', '0'")),
    (wflw_line(f207=''), 'line 1: 206 fields instead of 207'),
    (wflw_line() + ' b.jpg', 'line 1: 208 fields instead of 207'),
    (wflw_line() + '\n\n', 'line 2: 0 fields instead of 207'),
]


@pytest.mark.parametrize(('text', 'message'), LINES)
def test_line(tmp_path, text, message, says):
    path = make_wflw(tmp_path / 'raw', test=text)
    with says(f'{path}, {message}'):
        prepare(SMALL, tmp_path / 'raw', tmp_path / 'out')


def test_list_that_is_no_text(tmp_path, says):
    path = make_wflw(tmp_path / 'raw', test=b'\xff\xfe1 2 3')
    with says(
        f"{path} must be a text in UTF-8: 'utf-8' codec can't decode byte 0xff in position 0: "
        'invalid start byte'
    ):
        prepare(SMALL, tmp_path / 'raw', tmp_path / 'out')


# Findings of a whole conversion: text of the test list, size of the image, kind and where.
FINDINGS = [
    (
        wflw_line(f1='99999'),
        (80, 80),
        'landmark far from the others',
        f'{WHERE}: number 0 at 99999, {wflw_line().split()[1][:6].rstrip("0")}',
    ),
    (wflw_line(f4='nan'), (80, 80), 'landmarks that are not finite', WHERE),
    (wflw_line(f4='-inf'), (80, 80), 'landmarks that are not finite', WHERE),
    (wflw_line(), (1, 1), 'landmarks far from the image', f'{WHERE}: 59.9 px'),
    (wflw_line(f207='b.jpg'), (80, 80), 'image missing', 'b.jpg: {raw}/WFLW_images/b.jpg'),
    (
        wflw_line() + '\n' + wflw_line(f1='30'),
        (80, 80),
        'number of faces',
        'face_landmarks_wflw_test: 2 instead of 1',
    ),
    (
        ' '.join(['30'] * 200 + ['0'] * 6 + ['a.jpg']),
        (80, 80),
        'all landmarks in one point',
        WHERE,
    ),
]


@pytest.mark.parametrize(('text', 'size', 'kind', 'where'), FINDINGS)
def test_finding(tmp_path, text, size, kind, where):
    make_wflw(tmp_path / 'raw', train=wflw_line() if size != (1, 1) else text, test=text, size=size)
    report = prepare(SMALL, tmp_path / 'raw', tmp_path / 'out')
    assert where.format(raw=tmp_path / 'raw') in report.errors[kind]
    assert not (tmp_path / 'out' / 'annotations').exists()


def pts(points=None, head='version: 1\nn_points: 68\n'):
    points = [f'{i}.5 {2 * i}' for i in range(68)] if points is None else points
    return head + '{\n' + '\n'.join(points) + '\n}\n'


FIRST = [f'{i}.5 {2 * i}' for i in range(67)]
PTS = [
    (pts(head='version: 1\nn_points: many\n'), ': 68 points and n_points many, needs 68'),
    (pts(head='version: 1\nn_points: 68.0\n'), ': 68 points and n_points 68.0, needs 68'),
    (pts(FIRST), ': 67 points and n_points 68, needs 68'),
    (pts([*FIRST, '1 2', '1 2']), ': 69 points and n_points 68, needs 68'),
    (pts().replace('}', ''), ': no .pts file of `version`, `n_points` and points in braces'),
    (pts([*FIRST, '1']), ": point 67 must be two numbers, got '1'"),
    (pts([*FIRST, '1 2 3']), ": point 67 must be two numbers, got '1 2 3'"),
    (pts([*FIRST, '1 one']), ": point 67 must be two numbers, got '1 one'"),
    (pts(head='version: 1\n'), ': no .pts file of `version`, `n_points` and points in braces'),
    ('', ': no .pts file of `version`, `n_points` and points in braces'),
    (
        b'\x89PNG',
        " must be a text in UTF-8: 'utf-8' codec can't decode byte 0x89 in position 0: invalid "
        'start byte',
    ),
]


@pytest.mark.parametrize(('text', 'message'), PTS)
def test_pts(tmp_path, text, message, says):
    path = tmp_path / 'raw' / 'ibug' / 'a.pts'
    path.parent.mkdir(parents=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with says(f'{path}{message}'):
        prepare(SOURCES['300w'], tmp_path / 'raw', tmp_path / 'out', partial=True)


def aflw(**changes):
    names = np.empty((3, 1), object)
    names[:, 0] = ['0/a.jpg', '0/b.jpg', '0/c.jpg']
    content = {
        'nameList': names,
        'data': np.random.default_rng(0).uniform(10, 90, (3, 38)),
        'bbox': np.tile([5.0, 95.0, 10.0, 100.0], (3, 1)),
        'mask_new': np.ones((3, 19), np.uint8),
        'ra': np.array([[1, 2, 3]]),
    }
    return {**content, **changes}


NUMBERED = np.empty((3, 1), object)
NUMBERED[:, 0] = ['0/a.jpg', 7.0, '0/c.jpg']
UNREADABLE = (
    ' is no readable MATLAB file: Unknown mat file type, version 106, 117; download it again'
)
AFLW = [
    ({'ra': np.array([[1, 2, 2.5]])}, ': ra must be a permutation of 1 to 3'),
    ({'ra': np.array([[1.0, 2, np.nan]])}, ': ra must be a permutation of 1 to 3'),
    ({'ra': np.array([[1, 2]])}, ': ra must be a permutation of 1 to 3'),
    ({'ra': np.array([['a', 'b', 'c']])}, ': ra must be numbers, got <U1'),
    ({'data': np.zeros((3, 36))}, ': data must be (3, 38), got (3, 36)'),
    ({'bbox': np.zeros((3, 3))}, ': bbox must be (3, 4), got (3, 3)'),
    ({'mask_new': np.ones((2, 19))}, ': mask_new must be (3, 19), got (2, 19)'),
    ({'nameList': NUMBERED}, ': nameList 2 must be a file name, got 7.0'),
    ({'ra': np.array([[1, 1, 2]])}, ': ra must be a permutation of 1 to 3'),
    ({'ra': np.array([[0, 1, 2]])}, ': ra must be a permutation of 1 to 3'),
    (b'junk', UNREADABLE),
]


@pytest.mark.parametrize(('changes', 'message'), AFLW)
def test_aflw(tmp_path, changes, message, says):
    path = tmp_path / 'AFLWinfo_release.mat'
    (tmp_path / 'flickr').mkdir()
    if isinstance(changes, bytes):
        path.write_bytes(changes * 60)
    else:
        scipy.io.savemat(path, aflw(**changes))
    with says(f'{path}{message}'):
        prepare(SOURCES['aflw'], tmp_path, tmp_path / 'out')


def cofw(**changes):
    """Datasets of COFW_train_color.mat for one face."""
    content = {
        'phisTr': np.vstack([np.full((58, 1), 30.0), np.zeros((29, 1))]),
        'bboxesTr': np.array([[20.0], [20], [40], [40]]),
        'picture': np.zeros((3, 80, 80), np.uint8),
    }
    return {**content, **changes}


PICTURE = 'an image must be (H, W) or (H, W, 3) uint8, got '
COFW = [
    (
        {'phisTr': np.zeros((86, 1))},
        'IsTr, phisTr, bboxesTr must be [(1, 1), (87, 1), (4, 1)], got (1, 1), (86, 1), (4, 1)',
    ),
    ({'phisTr': np.full((87, 1), np.nan)}, 'occlusion of face 1 must be 0 or 1, got [nan]'),
    ({'phisTr': np.full((87, 1), 0.5)}, 'occlusion of face 1 must be 0 or 1, got [0.5]'),
    (
        {'bboxesTr': np.zeros((3, 1))},
        'IsTr, phisTr, bboxesTr must be [(1, 1), (87, 1), (4, 1)], got (1, 1), (87, 1), (3, 1)',
    ),
    ({'picture': np.zeros((3, 80, 80))}, PICTURE + '(80, 80, 3) float64'),
    ({'picture': np.zeros((4, 80, 80), np.uint8)}, PICTURE + '(80, 80, 4) uint8'),
    ({'bboxesTr': None}, "no variables ['bboxesTr'], only ['IsTr', 'phisTr', 'picture']"),
]


@pytest.mark.parametrize(('changes', 'message'), COFW)
def test_cofw(tmp_path, changes, message, says):
    h5py = pytest.importorskip('h5py')
    path = tmp_path / 'COFW_train_color.mat'
    with h5py.File(path, 'w') as mat:
        for name, value in cofw(**changes).items():
            if value is not None:
                mat[name] = value
        mat['IsTr'] = np.array([[mat['picture'].ref]], h5py.ref_dtype)
    with says(f'{path} is not the MATLAB 7.3 file of COFW: {message}'):
        prepare(SOURCES['cofw'], tmp_path, tmp_path / 'out', partial=True)


@pytest.fixture
def prepared(tmp_path):
    make_wflw(tmp_path / 'raw')
    prepare(SMALL, tmp_path / 'raw', tmp_path / 'out')
    return tmp_path / 'out'


# Of --check: a change of the annotation file; kind and case of what is found.
FOUND = [
    (
        lambda c: c['annotations'][0].update(bbox=[1, 2, 3]),
        'box of another form',
        f'{WHERE}: bbox must be 4 numbers, got [1, 2, 3]',
    ),
    (
        lambda c: c['annotations'][0].update(bbox=None),
        'box of another form',
        f'{WHERE}: bbox must be 4 numbers, got None',
    ),
    (
        lambda c: c['annotations'][0].update(center=['a', 'b']),
        'box of another form',
        f"{WHERE}: center must be 2 numbers, got ['a', 'b']",
    ),
    (
        lambda c: c['annotations'][0].update(scale=[1]),
        'box of another form',
        f'{WHERE}: scale must be a number, got [1]',
    ),
    (lambda c: c['annotations'][0].update(scale=float('nan')), 'box that is not finite', WHERE),
    (
        lambda c: c['annotations'][0]['keypoints'].__setitem__(0, 99999),
        'landmark far from the others',
        f'{WHERE}: number 0 at 99999, {float(wflw_line().split()[1]):g}',
    ),
    (
        lambda c: c['annotations'][0]['keypoints'].__setitem__(0, None),
        'landmarks that are not finite',
        WHERE,
    ),
    (
        lambda c: c['annotations'][0]['keypoints'].__setitem__(2, 7),
        'visibility other than 0, 1, 2',
        WHERE,
    ),
]


@pytest.mark.parametrize(('change', 'kind', 'case'), FOUND)
def test_check_finds(prepared, change, kind, case):
    content = json.loads((prepared / TEST).read_text())
    change(content)
    (prepared / TEST).write_text(json.dumps(content))
    assert case in check(SMALL, prepared).errors[kind]


# Of --check: the annotation file, and why it is none.
REFUSED = [
    (lambda c: [], ': it must be an object, got a list'),
    (lambda c: {**c, 'images': {}}, ": 'images' must be a list, got a dict"),
    (lambda c: {**c, 'images': [3]}, ": entry 0 of 'images' must be an object, got 3"),
    (
        lambda c: {**c, 'images': [{'id': 1, 'file_name': 'a.jpg'}]},
        ": image 1 lacks ['width', 'height']",
    ),
    (
        lambda c: {**c, 'annotations': [{}]},
        ": entry 0 of 'annotations' lacks ['id', 'image_id', "
        "'keypoints', 'num_keypoints', 'iscrowd', 'bbox', 'center', 'scale']",
    ),
    (
        lambda c: change_face(c, id=[1]),
        ": id of entry 0 of 'annotations' must be a number, got [1]",
    ),
    (lambda c: change_face(c, image_id=[1]), ': annotation 1: no image [1]'),
    (lambda c: change_face(c, image_id=9), ': annotation 1: no image 9'),
    (
        lambda c: {key: value for key, value in c.items() if key != 'categories'},
        ": no field 'categories', only ['annotations', 'images']",
    ),
    (
        lambda c: change_face(c, keypoints=['a'] * 294),
        ": annotation 1: keypoints must be numbers: could not convert string to float: 'a'",
    ),
    (
        lambda c: change_face(c, keypoints=[1.0] * 293),
        ': annotation 1 has 293 numbers as keypoints, needs three a landmark',
    ),
]


def change_face(content, **changes):
    content['annotations'][0].update(changes)
    return content


@pytest.mark.parametrize(('change', 'message'), REFUSED)
def test_check_refuses(prepared, change, message, says):
    path = prepared / TEST
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with says(f'{path}{message}'):
        check(SMALL, prepared)


@pytest.mark.parametrize('text', ['', '{"images": [', 'junk'])
def test_check_of_half_a_file(prepared, text):
    (prepared / TEST).write_text(text)
    with pytest.raises(ValueError, match=rf'{TEST} is not a whole JSON file: '):
        check(SMALL, prepared)


def test_output_that_cannot_be_written(tmp_path, says):
    make_wflw(tmp_path / 'raw', test='would be an error, later')
    (tmp_path / 'file').write_text('')
    with says(f"[Errno 20] Not a directory: '{tmp_path}/file/out'", OSError):
        prepare(SMALL, tmp_path / 'raw', tmp_path / 'file' / 'out')
