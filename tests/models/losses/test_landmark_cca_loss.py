"""LandmarkCCALoss."""

import numpy as np
import pytest
import torch
from two_ranks import on_two_ranks

from fifa_mm import LandmarkCCALoss
from fifa_mm.models.losses.canonical_correlation import random_directions
from fifa_mm.models.losses.landmark_cca_loss import sample_at


def features(seed=0, shape=(8, 5, 6)):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator).requires_grad_()


def labelled(seed=0):
    return (torch.rand(8, 5, generator=torch.Generator().manual_seed(seed)) < 0.8).float()


def reference(a, b, weights, dims, r):
    """The loss in NumPy, float64, one landmark after the other."""
    views = []
    for x in (a, b):
        x = x.detach().double().numpy()
        x = x @ random_directions(x.shape[-1], dims).numpy() if dims < x.shape[-1] else x
        rows = [x[weights[:, k] > 0, k] for k in range(x.shape[1])]
        views.append(np.concatenate([row - row.mean(0) for row in rows]))
    roots = []
    for x in views:
        s = np.cov(x.T)
        values, vectors = np.linalg.eigh(s + r * np.trace(s) / dims * np.eye(dims))
        roots.append(vectors @ np.diag(values**-0.5) @ vectors.T)
    s12 = views[0].T @ views[1] / (len(views[0]) - 1)
    return -np.linalg.svd(roots[0] @ s12 @ roots[1])[1].mean()


@pytest.mark.parametrize('dims', [6, 3])
def test_against_numpy(dims):
    a = features(0)
    b = a + features(1)
    weights = labelled()
    expected = reference(a, b, weights.numpy(), dims, 0.01)
    found = LandmarkCCALoss(dims, r=0.01, loss_weight=2)(a, b, weights).item()
    assert found == pytest.approx(2 * expected, rel=1e-5)


def test_which_landmark_it_is_has_no_part():
    a, b, weights = features(0), features(1), torch.ones(8, 5)
    name = 100 * features(2, (1, 5, 6))
    torch.testing.assert_close(
        LandmarkCCALoss()(a + name, b + name, weights),
        LandmarkCCALoss()(a, b, weights),
        rtol=1e-3,
        atol=1e-4,
    )
    assert LandmarkCCALoss(r=1e-6)(a, a, weights).item() == pytest.approx(-1, abs=1e-4)


def test_unlabelled_landmarks_have_no_part_and_both_views_learn():
    a, b, weights = features(0), features(1), labelled()
    LandmarkCCALoss()(a, b, weights).backward()
    for x in (a, b):
        assert (x.grad[weights == 0] == 0).all()
        assert (x.grad[weights > 0] != 0).any()


def test_gradient_matches_finite_differences():
    a, b = (features(s).detach().double().requires_grad_() for s in (0, 1))
    weights = labelled()
    assert torch.autograd.gradcheck(lambda x, y: LandmarkCCALoss(4)(x, y, weights), (a, b))


def test_autocast_changes_nothing():
    a, b, weights = features(0), features(1), labelled()
    expected = LandmarkCCALoss()(a, b, weights)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        torch.testing.assert_close(LandmarkCCALoss()(a, b, weights), expected)
        assert LandmarkCCALoss()(a.bfloat16(), b.bfloat16(), weights).dtype == torch.float32


@pytest.mark.parametrize('size', [(8, 8), (4, 6)])
def test_samples_of_a_linear_map_are_linear(size):
    height, width = size
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij')
    feature = torch.stack([x, y, 2 * x - y])[None].float()
    at = torch.tensor([[[0.0, 0.0], [1.25, 2.5], [width - 1, height - 1]]])
    shares = (at + 0.5) / torch.tensor([width, height])
    expected = torch.stack([at[..., 0], at[..., 1], 2 * at[..., 0] - at[..., 1]], -1)
    torch.testing.assert_close(sample_at(feature, shares), expected)


def test_bad_input():
    with pytest.raises(ValueError, match=r'one shape .* got \[8, 5, 6\] and \[8, 4, 6\]'):
        LandmarkCCALoss()(features(), features(shape=(8, 4, 6)), torch.ones(8, 5))
    message = r'at least 13 labelled .* 6 dimensions .* got 10 in a batch of 3 faces'
    with pytest.raises(ValueError, match=message):
        LandmarkCCALoss()(features()[:3], features(1)[:3], torch.ones(3, 5))
    with pytest.raises(ValueError, match='got 0 in a batch of 8 faces'):
        LandmarkCCALoss()(features(), features(1), torch.zeros(8, 5))


def gradients(layer, faces, weights):
    """Loss of faces (2, B, K, C) through one layer, and the layer's gradients."""
    layer.zero_grad()
    loss = LandmarkCCALoss()(layer(faces[0]), layer(faces[1]), weights)
    loss.backward()
    return [loss.detach(), *(p.grad.clone() for p in layer.parameters())]


def layer_and_faces():
    torch.manual_seed(0)
    a = features(0).detach().double()
    return torch.nn.Linear(6, 6).double(), torch.stack([a, a + features(1).detach()]), labelled()


def train_on_rank(rank):
    """One of two processes: 3 or 5 of the 8 faces, gradients averaged by DDP."""
    layer, faces, weights = layer_and_faces()
    model = torch.nn.parallel.DistributedDataParallel(layer)
    part = slice(3) if rank == 0 else slice(3, None)
    return gradients(model, faces[:, part], weights[part])


def test_two_processes_have_the_value_and_gradient_of_one():
    expected = gradients(*layer_and_faces())
    for actual in on_two_ranks(train_on_rank):
        torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-12)
