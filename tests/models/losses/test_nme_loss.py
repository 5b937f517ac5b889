import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fifa_mm import NMELoss
from fifa_mm.metrics.functional import nme, normalizer
from fifa_mm.models.losses.nme_loss import normalized_errors

EYES = torch.tensor([[0.2, 0.4], [0.6, 0.4], [0.4, 0.8]])


def test_known_value():
    pred = EYES + torch.tensor([[0.0, 0.04], [0.0, 0.0], [0.03, 0.04]])
    loss = NMELoss(eyes=(0, 1), loss_weight=2.0)(pred[None], EYES[None])
    assert loss.item() == pytest.approx(2 * (0.1 + 0 + 0.125) / 3)


def test_means_of_landmarks_are_ends():
    target = torch.tensor([[[0.1, 0.5], [0.3, 0.5], [0.6, 0.5], [0.8, 0.5]]])
    loss = NMELoss(eyes=((0, 1), (2, 3)))(target + torch.tensor([0.05, 0.0]), target)
    assert loss.item() == pytest.approx(0.05 / 0.5)


@pytest.mark.parametrize('shape', [(1, 3), (1, 3, 1)])
def test_unlabelled_landmarks_count_nothing(shape):
    pred = EYES + torch.tensor([[0.0, 0.04], [0.0, 0.04], [9.0, 9.0]])
    weight = torch.tensor([1.0, 1.0, 0.0]).reshape(shape)
    assert NMELoss(eyes=(0, 1))(pred[None], EYES[None], weight).item() == pytest.approx(0.2 / 3)


def test_a_profiles_eyes_do_not_blow_it_up():
    target = torch.full((1, 3, 2), 0.5)
    loss = NMELoss(eyes=(0, 1))(target + torch.tensor([0.01, 0.0]), target)
    assert loss.item() == pytest.approx(0.01 / 0.05)


@given(st.integers(0, 2**32 - 1))
def test_it_is_the_metrics_error(seed):
    generator = torch.Generator().manual_seed(seed)
    target, pred = torch.rand(2, 5, 29, 2, generator=generator, dtype=torch.float64)
    errors = normalized_errors(pred, target, ((8,), (9,)), 1e-9)
    norm = normalizer(target.numpy(), 'inter-ocular')
    assert errors.mean().item() == pytest.approx(nme(pred.numpy(), target.numpy(), norm).mean())
