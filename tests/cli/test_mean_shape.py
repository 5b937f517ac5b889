"""`fifa_mm mean-shape` and the shapes it computes."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fifa_mm.datasets.synthetic import HOSTS
from fifa_mm.metrics.functional import nme, normalizer
from fifa_mm.models.heads.mean_shape import fit_frame, load_mean_shape, mean_shape
from fifa_mm_cli import main

CORNERS = np.array([[0, 0], [10, 0], [10, 20], [0, 20]], float)


def annotations(path, faces, visible=None):
    visible = np.ones(np.shape(faces)[:2]) if visible is None else visible
    rows = [
        {'id': i, 'image_id': 0, 'keypoints': np.c_[points, v].ravel().tolist()}
        for i, (points, v) in enumerate(zip(faces, visible, strict=True))
    ]
    content = {'images': [{'id': 0, 'file_name': 'a.jpg'}], 'annotations': rows}
    path.write_text(json.dumps(content))
    return str(path)


def run(*arguments):
    main(['mean-shape', *map(str, arguments)])


def test_known_shape():
    left, right = 128 - 320 / 6, 128 + 320 / 6
    top, bottom = 128 - 640 / 6, 128 + 640 / 6
    expected = [[left, top], [right, top], [right, bottom], [left, bottom]]
    np.testing.assert_allclose(fit_frame(CORNERS), expected)
    np.testing.assert_allclose(mean_shape([CORNERS, 3 * CORNERS + 7]), expected)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1e4), st.floats(-1e4, 1e4))
def test_place_and_size_of_a_face_do_not_matter(seed, scale, shift):
    faces = np.random.default_rng(seed).uniform(0, 1, (5, 7, 2))
    shape = mean_shape(faces)
    np.testing.assert_allclose(mean_shape(scale * faces + shift), shape, atol=1e-4)
    low, high = shape.min(0), shape.max(0)
    assert (high - low).max() == pytest.approx(256 / 1.2)
    np.testing.assert_allclose((low + high) / 2, 128)


@pytest.mark.parametrize('suffix', ['npy', 'json'])
def test_file_of_the_tool_is_what_the_head_loads(tmp_path, capsys, suffix):
    faces = np.random.default_rng(0).uniform(0, 100, (4, 5, 2)).round(1)
    visible = np.ones((4, 5))
    visible[2, 3] = 0
    out = tmp_path / 'new' / f'shape.{suffix}'
    run(annotations(tmp_path / 'ann.json', faces, visible), '--out', out)
    np.testing.assert_allclose(load_mean_shape(str(out), 5), mean_shape(faces[[0, 1, 3]]))
    assert capsys.readouterr().out == f'5 landmarks, mean of 3 of 4 faces: {out}\n'


@pytest.mark.parametrize(
    ('faces', 'message'),
    [
        ([np.full((5, 2), 3)], 'must not all lie in one place'),
        (np.empty((0, 5, 2)), 'none of 0 faces has all its landmarks labelled'),
        ([CORNERS, CORNERS[:3]], r'faces have \[3, 4\] landmarks'),
    ],
)
def test_bad_annotations(tmp_path, faces, message):
    visible = [np.ones(len(points)) for points in faces]
    path = annotations(tmp_path / 'ann.json', faces, visible)
    with pytest.raises(SystemExit, match=message):
        run(path, '--out', tmp_path / 'a.npy')
    assert [p.name for p in tmp_path.iterdir()] == ['ann.json']


def test_missing_file_says_how_to_make_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'fifa_mm mean-shape ANN\.json --out'):
        load_mean_shape(tmp_path / 'no.npy', 5)


@pytest.mark.parametrize(
    ('source', 'message'),
    [
        ('frontal', "must be 'synthetic' or end in"),
        (np.zeros((4, 2)), r'must have shape \(5, 2\), got \(4, 2\)'),
        (np.full((5, 2), np.nan), 'must lie in the crop'),
        (np.full((5, 2), 300), 'must lie in the crop'),
        ([[1, 2], [3]], 'must be numbers of shape'),
        ('synthetic', r'\[19, 29, 68, 98\] landmarks, got 5'),
    ],
)
def test_bad_source(source, message):
    with pytest.raises(ValueError, match=message):
        load_mean_shape(source, 5)


@pytest.mark.parametrize('count', HOSTS)
def test_synthetic_shape_is_a_symmetric_face(count):
    shape = load_mean_shape('synthetic', count)
    assert shape.shape == (count, 2)
    np.testing.assert_allclose(fit_frame(shape), shape)
    x, y = shape.T
    nearest = np.abs(256 - x[:, None] - x) + np.abs(y[:, None] - y)
    assert nearest.min(1).max() < 0.5


@pytest.mark.parametrize(
    ('train', 'dev', 'count'),
    [
        ('faces300w/annotations/faces300w_train', 'faces300w/annotations/faces300w_dev', 68),
        ('cofw29/annotations/cofw29_train', 'cofw29/annotations/cofw29_val', 29),
    ],
)
def test_real_mean_shape_is_the_better_guess_and_the_synthetic_one_near(
    real_faces, tmp_path, train, dev, count
):
    out = tmp_path / 'shape.npy'
    run(real_faces / f'{train}.json', '--out', out)
    faces = json.loads((real_faces / f'{dev}.json').read_text())['annotations']
    gt = fit_frame([np.reshape(face['keypoints'], (-1, 3))[:, :2] for face in faces])

    def error(source):
        guess = np.broadcast_to(load_mean_shape(source, count), gt.shape)
        return nme(guess, gt, normalizer(gt, 'inter-ocular')).mean()

    assert error(str(out)) < error('synthetic') < 1.1 * error(str(out))
