"""Weights fit a model completely, or are refused by name."""

import pytest
import torch
from torch import nn

from fifa_mm.weights import load_all, load_initial


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


class Estimator(nn.Module):
    """With the parts that MMPose's have."""

    def __init__(self, width=4, kind=nn.Conv2d, projector=False):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, width, 1), nn.BatchNorm2d(width))
        self.head = nn.Sequential(kind(width, 68, 1))
        if projector:
            self.projector = nn.Linear(2, 2)


def checkpoint(model, num_keypoints=68):
    meta = {'dataset_meta': {'num_keypoints': num_keypoints}}
    return {'state_dict': model.state_dict(), 'meta': meta}


def test_a_start_says_what_it_leaves():
    source, target = Estimator(), Estimator(projector=True)
    content = checkpoint(source)
    content['state_dict']['neck.weight'] = torch.zeros(1)
    lines = load_initial(target, content, 'a.pth', 68)
    assert lines == [
        'a.pth: 9 of 11 tensors loaded',
        'left out of it: neck (1)',
        'random: projector (2)',
    ]
    for key, value in source.state_dict().items():
        if key in target.state_dict():
            assert torch.equal(target.state_dict()[key], value)


def test_a_head_of_another_kind_stays_random():
    source, target = Estimator(), Estimator()
    target.head = nn.ModuleDict({'linear': nn.Linear(4, 2)})
    before = target.head['linear'].weight.clone()
    lines = load_initial(target, checkpoint(source), 'a.pth', 68)
    assert lines[1:] == ['left out of it: head (2)', 'random: head (2)']
    assert torch.equal(target.head['linear'].weight, before)
    assert torch.equal(target.backbone[0].weight, source.backbone[0].weight)


@pytest.mark.parametrize(
    ('content', 'count', 'message'),
    [
        (checkpoint(Estimator(), 98), 68, 'a.pth has 98 landmarks, the model has 68'),
        (
            checkpoint(Estimator(width=8)),
            68,
            'a.pth is of another architecture than the backbone Sequential: 6 of 7 tensors are not '
            'in it or have another shape, for example backbone.0.weight',
        ),
        (
            {k: v for k, v in Estimator().state_dict().items() if k != 'head.0.bias'},
            68,
            'a.pth is of another architecture than the head Sequential: 1 of 2 tensors are not in '
            'it or have another shape, for example head.0.bias',
        ),
    ],
)
def test_a_start_from_another_model_is_refused(content, count, message):
    model = Estimator()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(ValueError, match=r'a\.pth') as error:
        load_initial(model, content, 'a.pth', count)
    assert str(error.value) == message
    for key, value in before.items():
        assert torch.equal(model.state_dict()[key], value)
