"""Faces rendered into a folder, and read from it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS

import fifa_mm_cli
from fifa_mm import SyntheticFaces
from fifa_mm.annotations import Annotations
from fifa_mm.datasets.landmark_sets import LandmarkSets
from fifa_mm.datasets.render_faces import render_faces
from fifa_mm.datasets.rendered_folder import is_whole, picture_path

POINTS = Path(__file__).resolve().parents[2] / 'configs/pretrain/motion_capture.json'
OPTIONS = {'num_samples': 3, 'image_size': 64, 'seed': 4}


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmpose')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp('rendered') / 'faces'
    sets = [{'num_landmarks': 68}, {'num_landmarks': [68, 98]}, {'points': POINTS}]
    render_faces(path, **OPTIONS, sets=sets)
    return path


@pytest.fixture
def copied(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / 'faces'))


def loaded(dataset, index):
    return DATASETS.build({**dataset, 'pipeline': [{'type': 'LoadImage'}]})[index]


@pytest.mark.parametrize(
    ('name', 'own', 'stock'),
    [
        ('68', {'num_landmarks': 68}, {'type': 'Face300WDataset'}),
        (
            'motion_capture',
            {'points': str(POINTS)},
            {'type': 'Face300WDataset', 'metainfo': {'from_file': 'motion_capture.py'}},
        ),
    ],
)
def test_a_stock_dataset_reads_what_is_rendered_on_the_fly(folder, name, own, stock):
    if 'metainfo' in stock:
        stock['metainfo'] = {'from_file': str(folder / 'annotations' / 'motion_capture.py')}
    file = {'data_root': str(folder), 'ann_file': f'annotations/{name}.json'}
    stock_face = loaded({**stock, **file}, 2)
    for options in ({}, {'folder': str(folder)}):
        face = loaded({'type': 'SyntheticFaces', **OPTIONS, **own, **options}, 2)
        assert np.array_equal(face['img'], stock_face['img'])
        assert face['keypoints'] == pytest.approx(stock_face['keypoints'], abs=1e-3)
        for key in ('bbox', 'bbox_center', 'bbox_scale'):
            assert face[key] == pytest.approx(stock_face[key], abs=1e-3)
        assert face['flip_indices'] == stock_face['flip_indices']


def test_annotations_have_every_face_with_its_flags(folder):
    annotations = Annotations.load(folder / 'annotations' / '68_98.json')
    assert len(annotations) == 3
    points, visible = annotations.landmarks(1)
    assert points.shape == (166, 2)
    assert (visible == 1).all()
    assert {'yaw', 'occlusion', 'box_size'} <= annotations[1].keys()


def test_sets_one_after_the_other_keep_their_order_and_mirror():
    sample = SyntheticFaces(**OPTIONS, num_landmarks=[68, 98]).labels(1)['keypoints']
    for count, part in ((68, sample[:, :68]), (98, sample[:, 68:])):
        assert np.array_equal(
            part, SyntheticFaces(**OPTIONS, num_landmarks=count).labels(1)['keypoints']
        )
    flip = SyntheticFaces(**OPTIONS, num_landmarks=[68, 98]).metainfo['flip_indices']
    single = [SyntheticFaces(**OPTIONS, num_landmarks=n).metainfo['flip_indices'] for n in (68, 98)]
    assert flip == [*single[0], *(68 + i for i in single[1])]
    assert LandmarkSets([68, 98]).name == '68_98'


def test_what_was_stopped_goes_on(copied):
    """Only a picture that is missing or cut off is rendered again."""
    recipe = json.loads((copied / 'recipe.json').read_text())
    (copied / 'recipe.json').write_text(json.dumps(recipe | {'complete': False}))
    whole, cut, gone = (picture_path(copied, i) for i in range(3))
    content = gone.read_bytes()
    before = whole.stat().st_mtime_ns
    gone.unlink()
    cut.write_bytes(cut.read_bytes()[:100])
    with pytest.raises(
        ValueError, match='faces is half-written: the same fifa_mm render-faces goes'
    ):
        SyntheticFaces(**OPTIONS, folder=copied)
    render_faces(copied, **OPTIONS)
    assert gone.read_bytes() == content
    assert is_whole(cut)
    assert whole.stat().st_mtime_ns == before
    assert len(SyntheticFaces(**OPTIONS, folder=copied)) == 3


@pytest.mark.parametrize(
    ('other', 'message'),
    [
        ({'seed': 5}, 'has seed 4, wanted is 5: give another folder'),
        ({'image_size': 96}, 'has image_size 64, wanted is 96'),
        ({'num_samples': 4}, 'has num_samples 3, wanted is 4'),
    ],
)
def test_nothing_is_mixed(copied, other, message):
    before = sorted(path.name for path in copied.rglob('*'))
    with pytest.raises(ValueError, match=message):
        render_faces(copied, **{**OPTIONS, **other})
    with pytest.raises(ValueError, match=message):
        SyntheticFaces(**{**OPTIONS, **other}, folder=copied)
    assert sorted(path.name for path in copied.rglob('*')) == before


def test_pictures_of_another_renderer_are_named(copied):
    recipe = json.loads((copied / 'recipe.json').read_text())
    (copied / 'recipe.json').write_text(json.dumps(recipe | {'renderer': 0}))
    for use in (render_faces, SyntheticFaces):
        named = {'folder': copied, **OPTIONS}
        with pytest.raises(ValueError, match='has renderer 0, wanted is'):
            use(**named)


def test_folders_that_are_something_else(tmp_path):
    (tmp_path / 'photo.jpg').touch()
    with pytest.raises(ValueError, match=r'is not empty and has no recipe\.json'):
        render_faces(tmp_path, **OPTIONS)
    with pytest.raises(FileNotFoundError, match='fifa_mm render-faces makes a folder'):
        SyntheticFaces(**OPTIONS, folder=tmp_path)
    (tmp_path / 'recipe.json').write_text('{}')
    with pytest.raises(ValueError, match=r'recipe\.json must have'):
        SyntheticFaces(**OPTIONS, folder=tmp_path)


def test_sets_of_one_name_are_refused(tmp_path):
    sets = [{'num_landmarks': 68}, {'num_landmarks': (68,)}]
    with pytest.raises(ValueError, match='sets must have names of their own'):
        render_faces(tmp_path / 'faces', **OPTIONS, sets=sets)


def test_the_command(copied, capsys):
    arguments = [
        'render-faces',
        '--out',
        str(copied),
        '--count',
        '3',
        '--size',
        '64',
        '--seed',
        '4',
    ]
    fifa_mm_cli.main([*arguments, '--landmarks', '98'])
    assert capsys.readouterr().out == f'{copied}/annotations/98.json\n'
    with pytest.raises(SystemExit, match=r'^fifa_mm render-faces: .* has seed 4, wanted is 5'):
        fifa_mm_cli.main([*arguments[:-1], '5'])
