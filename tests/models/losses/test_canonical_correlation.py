"""Projection and mean of canonical correlations; several processes: test_dcca_loss.py."""

import pytest
import torch

from fifa_mm.functional import dcca
from fifa_mm.models.losses.canonical_correlation import (
    mean_canonical_correlation,
    projected,
    random_directions,
)


def features(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize('shape', [(2, 9, 4, 5), (40, 9)])
def test_projection(shape):
    x = features(*shape)
    flat = x.movedim(1, -1).reshape(-1, 9)
    for dims in (9, 20):
        assert torch.equal(projected(x, dims).movedim(1, -1).reshape(-1, 9), flat)
    few = projected(x, 4)
    torch.testing.assert_close(few.movedim(1, -1).reshape(-1, 4), flat @ random_directions(9, 4))


def test_directions_are_orthonormal_and_the_same_in_every_run():
    directions = random_directions(9, 4)
    torch.testing.assert_close(directions.T @ directions, torch.eye(4).double())
    random_directions.cache_clear()
    torch.manual_seed(7)
    assert torch.equal(random_directions(9, 4), directions)


def test_mean_over_the_dimensions():
    a, b = features(50, 4), features(50, 4) + features(50, 4, seed=1)
    expected = dcca(a, b, 0.01) / 4
    torch.testing.assert_close(mean_canonical_correlation(a, b, 0.01), expected)


def test_too_few_samples():
    mean_canonical_correlation(features(9, 4), features(9, 4, seed=1), 0.01)
    with pytest.raises(ValueError, match=r'at least 9 samples for 4 dimensions .*, got 8'):
        mean_canonical_correlation(features(8, 4), features(8, 4, seed=1), 0.01)
