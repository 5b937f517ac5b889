"""Weights fit a model completely, or are refused by name."""

import pytest
import torch
from torch import nn

from fifa_mm.weights import load_all


def network(out=3):
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, out, 1))


@pytest.mark.parametrize('wrap', [dict, lambda s: {'state_dict': s, 'meta': {}}])
@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_complete_weights_are_loaded(wrap, prefix):
    source, target = network(), network()
    state = {prefix + key: value for key, value in source.state_dict().items()}
    state[prefix + 'projector.weight'] = torch.zeros(1)
    del state[prefix + '1.num_batches_tracked']
    load_all(target, wrap(state), 'a.pth')
    for key, value in source.state_dict().items():
        assert torch.equal(target.state_dict()[key], value)


def test_what_is_missing_is_counted_and_named():
    state = network().state_dict()
    del state['2.bias'], state['1.running_mean']
    with pytest.raises(ValueError, match='does not fit') as error:
        load_all(network(), state, 'a.pth')
    assert str(error.value) == (
        'a.pth does not fit the model: 2 of 9 tensors are not in it and would stay random, for '
        'example 1.running_mean; is it of this config?'
    )


def test_another_shape_is_named():
    with pytest.raises(ValueError, match='does not fit') as error:
        load_all(network(3), network(5).state_dict(), 'a.pth')
    assert str(error.value) == (
        'a.pth does not fit the model: 2 of its tensors have another shape, for example 2.weight '
        '(5, 4, 1, 1) instead of (3, 4, 1, 1); is it of this config?'
    )


def test_another_model():
    with pytest.raises(ValueError, match='8 of 9 tensors are not in it'):
        load_all(network(), {'fc.weight': torch.zeros(2)}, 'a.pth')
