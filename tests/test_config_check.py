"""check_views."""

import pytest
from mmengine.config import Config

from fifa_mm import FiducialFocus, SiamesePoseEstimator
from fifa_mm.config_check import check_views

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
