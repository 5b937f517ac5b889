"""A training that starts from a checkpoint."""

import logging
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from fifa_mm.hooks.initial_weights_hook import InitialWeightsHook


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, self.head = nn.Linear(2, 3), nn.Linear(3, 2)


def runner(model, iteration=0, count=68):
    dataset = SimpleNamespace(metainfo={'num_keypoints': count})
    loop = SimpleNamespace(dataloader=SimpleNamespace(dataset=dataset))
    logger = logging.getLogger('start')
    return SimpleNamespace(model=model, iter=iteration, train_loop=loop, logger=logger)


@pytest.fixture
def saved(tmp_path):
    model = Model()
    meta = {'dataset_meta': {'num_keypoints': 68}}
    torch.save({'state_dict': model.state_dict(), 'meta': meta}, tmp_path / 'start.pth')
    return tmp_path / 'start.pth', model


def test_weights_are_loaded_and_the_log_says_so(saved, caplog):
    path, source = saved
    model = Model()
    with caplog.at_level(logging.INFO):
        InitialWeightsHook(str(path)).before_train(runner(model))
    assert torch.equal(model.backbone.weight, source.backbone.weight)
    assert f'{path}: 4 of 4 tensors loaded' in caplog.text


def test_a_resumed_training_keeps_its_own(saved):
    path, source = saved
    model = Model()
    InitialWeightsHook(str(path)).before_train(runner(model, iteration=7))
    assert not torch.equal(model.backbone.weight, source.backbone.weight)


def test_other_landmarks_are_refused(saved):
    with pytest.raises(ValueError, match=r'start\.pth has 68 landmarks, the model has 29'):
        InitialWeightsHook(str(saved[0])).before_train(runner(Model(), count=29))
