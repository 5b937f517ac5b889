"""check_views, check_data and check_optimizer."""

import pytest
from mmengine.config import Config

from fifa_mm import FiducialFocus, SiamesePoseEstimator
from fifa_mm.config_check import check_data, check_optimizer, check_views

ONE = {'type': 'FiducialFocus'}
TWO = {'type': 'FiducialFocus', 'views': 2}
INDEPENDENT = {'type': 'IndependentViews', 'transforms': [ONE]}
STOCK, SIAMESE = 'TopdownPoseEstimator', 'SiamesePoseEstimator'


def faces(*steps):
    return {'type': 'Faces', 'pipeline': [{'type': 'LoadImage'}, *steps]}


def config(model, dataset):
    return Config({'model': {'type': model}, 'train_dataloader': {'dataset': dataset}})


@pytest.mark.parametrize(
    ('model', 'dataset'),
    [
        (STOCK, faces()),
        (STOCK, faces(ONE)),
        (STOCK, faces({'type': 'fifa_mm.FiducialFocus', 'views': 1})),
        (SIAMESE, faces(TWO)),
        (SIAMESE, faces(INDEPENDENT)),
        ('fifa_mm.SiamesePoseEstimator', faces({'type': 'fifa_mm.FiducialFocus', 'views': 2})),
        (SiamesePoseEstimator, faces({'type': FiducialFocus, 'views': 2})),
        (SIAMESE, {'type': 'RepeatDataset', 'times': 2, 'dataset': faces(TWO)}),
        (SIAMESE, {'type': 'ConcatDataset', 'datasets': [faces(TWO), faces(INDEPENDENT)]}),
        (SIAMESE, {'type': 'CombinedDataset', 'datasets': [faces(), faces()], 'pipeline': [TWO]}),
    ],
)
def test_a_model_and_its_views(model, dataset):
    check_views(config(model, dataset))


@pytest.mark.parametrize(
    ('model', 'dataset', 'message'),
    [
        (SIAMESE, faces(), r'train_dataloader\.dataset\.pipeline gives one: set `views=2`'),
        (SIAMESE, faces(ONE), r"model\.type='SiamesePoseEstimator' .* gives one"),
        (STOCK, faces(TWO), r"model\.type='TopdownPoseEstimator' takes one: set `views=1`"),
        ('mmpose.Other', faces(INDEPENDENT), r"gives two views of an image, model\.type='Other'"),
        (
            SIAMESE,
            {'type': 'RepeatDataset', 'dataset': faces(ONE)},
            r'train_dataloader\.dataset\.dataset\.pipeline gives one',
        ),
        (
            SIAMESE,
            {'type': 'ConcatDataset', 'datasets': [faces(TWO), faces(ONE)]},
            r'train_dataloader\.dataset\.datasets\.1\.pipeline gives one',
        ),
        (
            STOCK,
            {'type': 'CombinedDataset', 'datasets': [faces()], 'pipeline': [TWO]},
            r'train_dataloader\.dataset\.datasets\.0\.pipeline gives two',
        ),
    ],
)
def test_a_mismatch_names_the_keys(model, dataset, message):
    with pytest.raises(ValueError, match=message):
        check_views(config(model, dataset))


@pytest.mark.parametrize(
    'cfg',
    [
        {},
        {'model': {'type': SIAMESE}},
        {'model': {'type': SIAMESE}, 'train_dataloader': None},
        {'train_dataloader': {'dataset': faces(TWO)}},
        {'model': {'type': SIAMESE}, 'train_dataloader': {'dataset': object()}},
    ],
)
def test_nothing_to_compare(cfg):
    check_views(cfg)


def files(name='face_landmarks_wflw_train', root='data/wflw/', images='images/'):
    ann_file = f'annotations/{name}.json'
    return {'type': 'W', 'data_root': root, 'ann_file': ann_file, 'data_prefix': {'img': images}}


def loaders(**datasets):
    return Config({f'{split}_dataloader': {'dataset': d} for split, d in datasets.items()})


def test_data_that_is_not_there_names_the_command_that_makes_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cfg = loaders(train=files(), test=files('face_landmarks_wflw_test'))
    with pytest.raises(FileNotFoundError, match='no ') as error:
        check_data(cfg, ('train', 'val', 'test'))
    assert str(error.value) == (
        'no data/wflw/annotations/face_landmarks_wflw_train.json, train_dataloader.dataset: '
        '`fifa_mm prepare-data wflw --raw DOWNLOADS --out data/wflw` makes it and says what to '
        'download'
    )
    ann_file = tmp_path / 'data/wflw/annotations/face_landmarks_wflw_train.json'
    ann_file.parent.mkdir(parents=True)
    ann_file.write_text('{}')
    with pytest.raises(FileNotFoundError, match='no data/wflw/images/, train_dataload'):
        check_data(cfg, ('train',))
    (tmp_path / 'data/wflw/images').mkdir()
    check_data(cfg, ('train', 'val'))
    with pytest.raises(FileNotFoundError, match=r'face_landmarks_wflw_test\.json, test_dataloader'):
        check_data(cfg, ('train', 'test'))


def test_data_of_others_is_named_where_it_is_missing(tmp_path):
    parts = [{'type': 'SyntheticFaces'}, files('mine', f'{tmp_path}/')]
    wrapped = {'type': 'RepeatDataset', 'dataset': {'type': 'CombinedDataset', 'datasets': parts}}
    with pytest.raises(FileNotFoundError, match='no ') as error:
        check_data(loaders(val=wrapped), ('val',))
    assert str(error.value) == (
        f'no {tmp_path}/annotations/mine.json, val_dataloader.dataset.dataset.datasets.1'
    )


def test_data_that_lies_elsewhere_is_not_looked_for():
    check_data(loaders(train=files(root='s3://faces/')), ('train',))
    check_data(Config({'train_dataloader': None}), ('train', 'val'))


@pytest.mark.parametrize('options', [{}, {'optimizer': {'type': 'Adam', 'lr': 1e-3}}])
def test_an_optimizer_that_can_be_built(options):
    check_optimizer(Config({'optim_wrapper': options}))


@pytest.mark.parametrize(
    ('optimizer', 'error', 'message'),
    [
        ({'type': 'Adamm', 'lr': 1e-3}, KeyError, 'Adamm is not in the mmpose::optimizer'),
        ({'type': 'Adam', 'lr': 'fast'}, ValueError, r"optim_wrapper.optimizer={.*'lr': 'fast'}"),
        ({'type': 'Adam', 'rate': 1e-3}, ValueError, "unexpected keyword argument 'rate'"),
        ({'type': 'Adam', 'lr': -1.0}, ValueError, 'Invalid learning rate: -1.0'),
    ],
)
def test_an_optimizer_that_cannot_be_built(optimizer, error, message):
    with pytest.raises(error, match=message):
        check_optimizer(Config({'optim_wrapper': {'optimizer': optimizer}}))
