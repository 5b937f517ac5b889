"""The correlations as pure functions."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cross_decomposition import CCA

from fifa_mm.functional import correlation, dcca

seeds = st.integers(0, 10**6)


def fixture():
    """Two views, 12 samples of 3 dimensions."""
    i = torch.arange(1, 13, dtype=torch.float64)[:, None]
    j = torch.arange(1, 4, dtype=torch.float64)
    return torch.sin(0.7 * i * j), torch.cos(0.45 * i * j + 0.3)


def gaussian(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ('r', 'expected'),
    [(0, 1.367116475580), (1e-4, 1.366962418095), (1e-3, 1.365577899234), (0.1, 1.231828507666)],
)
def test_dcca_known_values(r, expected):
    assert dcca(*fixture(), r=r).item() == pytest.approx(expected, abs=1e-11)


def test_dcca_known_values_of_parts():
    a, b = fixture()
    assert dcca(a[:, :1], b[:, :1], r=0).item() == pytest.approx(0.886599974427, abs=1e-11)


def test_dcca_of_identical_views():
    a, _ = fixture()
    assert dcca(a, a, r=0).item() == pytest.approx(3, abs=1e-11)
    assert dcca(a, a, r=1e-3).item() == pytest.approx(2.996982470032, abs=1e-11)
    eigenvalues = torch.linalg.eigvalsh(torch.cov(a.T))
    ridge = 0.2 * eigenvalues.mean()
    assert dcca(a, a, r=0.2).item() == pytest.approx((eigenvalues / (eigenvalues + ridge)).sum())


@given(seeds, st.floats(1e-6, 1e6))
def test_dcca_does_not_know_the_unit_of_the_features(seed, unit):
    a, b = gaussian(50, 4, seed=seed), gaussian(50, 3, seed=seed + 1)
    b = b + a[:, :3]
    torch.testing.assert_close(dcca(unit * a, b, r=0.1), dcca(a, b, r=0.1))


def test_dcca_of_orthogonal_columns():
    columns = torch.linalg.qr(gaussian(40, 7) - gaussian(40, 7).mean(0)).Q
    columns = torch.linalg.qr(torch.cat([torch.ones(40, 1).double(), columns], 1)).Q[:, 1:]
    a, noise, rho = columns[:, :3], columns[:, 3:6], torch.tensor([0.9, -0.5, 0.2]).double()
    b = rho * a + (1 - rho**2).sqrt() * noise
    assert dcca(a, b, r=0).item() == pytest.approx(1.6)
    assert correlation(a, b).tolist() == pytest.approx([0.9, -0.5, 0.2])


@given(seeds)
def test_dcca_is_invariant_under_invertible_maps(seed):
    a, b = gaussian(50, 4, seed=seed), gaussian(50, 3, seed=seed + 1)
    b = b + a[:, :3]
    mixed = a @ (gaussian(4, 4, seed=seed + 2) + 4 * torch.eye(4)) + 7
    torch.testing.assert_close(dcca(mixed, b, r=0), dcca(a, b, r=0))
    torch.testing.assert_close(dcca(b, a, r=1e-3), dcca(a, b, r=1e-3))


def test_dcca_against_scikit_learn():
    a, b = gaussian(200, 4), gaussian(200, 5, seed=1)
    b[:, :3] += a[:, 1:]
    x, y = CCA(4, tol=1e-12, max_iter=10000).fit_transform(a.numpy(), b.numpy())
    expected = sum(np.corrcoef(x[:, i], y[:, i])[0, 1] for i in range(4))
    assert dcca(a, b, r=0).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize('r', [0, 1e-3, 0.1])
def test_dcca_gradient_matches_finite_differences(r):
    views = [x.requires_grad_() for x in fixture()]
    assert torch.autograd.gradcheck(lambda a, b: dcca(a, b, r), views)


def test_dcca_gradient_matches_the_closed_form():
    a, b = (x.requires_grad_() for x in fixture())
    r, m = 0.1, len(a)
    actual = torch.autograd.grad(dcca(a, b, r=r), (a, b))

    def inverse_root(x):
        s = torch.cov(x.T)
        values, vectors = torch.linalg.eigh(s + r * s.trace() / 3 * torch.eye(3))
        return vectors @ torch.diag(values**-0.5) @ vectors.T

    def with_ridge(own):
        return own + r / 3 * own.trace() * torch.eye(3)

    with torch.no_grad():
        a, b = a - a.mean(0), b - b.mean(0)
        wa, wb = inverse_root(a), inverse_root(b)
        u, d, vt = torch.linalg.svd(wa @ a.T @ b @ wb / (m - 1))
        cross = wa @ u @ vt @ wb
        own_a = with_ridge(-0.5 * wa @ u @ torch.diag(d) @ u.T @ wa)
        own_b = with_ridge(-0.5 * wb @ vt.T @ torch.diag(d) @ vt @ wb)
        expected = ((2 * a @ own_a + b @ cross.T) / (m - 1), (2 * b @ own_b + a @ cross) / (m - 1))
    torch.testing.assert_close(actual, expected)


def test_dcca_of_maps_has_positions_as_samples():
    a, b = gaussian(2, 3, 4, 5), gaussian(2, 2, 4, 5, seed=1) + gaussian(2, 2, 4, 5)
    flat = [x.movedim(1, -1).flatten(0, -2) for x in (a, b)]
    torch.testing.assert_close(dcca(a, b), dcca(*flat))
    assert torch.autograd.gradcheck(dcca, [a.requires_grad_(), b.requires_grad_()])


@pytest.mark.parametrize('noise', [0, 0.01, 1])
@pytest.mark.parametrize('mean', [0, 10])
def test_dcca_of_float32_is_that_of_float64(noise, mean):
    a = gaussian(2, 8, 32, 32) * torch.logspace(0, -2, 8)[:, None, None] + mean
    a = a.float()
    b = a + noise * gaussian(2, 8, 32, 32, seed=1).float()
    single = [a.requires_grad_(), b.requires_grad_()]
    double = [x.detach().double().requires_grad_() for x in single]
    value, expected = dcca(*single, r=6e-3), dcca(*double, r=6e-3)
    torch.testing.assert_close(value, expected, rtol=1e-6, atol=0)
    actual, expected = (torch.autograd.grad(*x) for x in ((value, single), (expected, double)))
    torch.testing.assert_close(actual, [*map(torch.Tensor.float, expected)], rtol=0, atol=3e-7)


def degenerate():
    a, b = gaussian(30, 4), gaussian(30, 4, seed=1)
    duplicated = a[:, [0, 0, 1, 1]]
    return {
        'constant': (torch.full_like(a, 0.1), b),
        'both constant': (torch.full_like(a, 0.1), torch.full_like(a, 1000.3)),
        'zero': (torch.zeros_like(a), torch.zeros_like(a)),
        'duplicated': (duplicated, duplicated),
        'rank one': (a[:, :1] @ b[:1], b),
        'few samples': (a[:3], b[:3]),
        'one channel constant': (a * torch.tensor([1, 1, 0, 1]), b),
        'equal': (a, a),
        'large': (1e8 * duplicated, 1e8 * b),
        'small': (1e-8 * duplicated, 1e-8 * b),
    }


@pytest.mark.parametrize('name', degenerate())
@pytest.mark.parametrize('function', [dcca, lambda a, b: correlation(a, b).sum()])
def test_finite_on_degenerate_features(name, function):
    a, b = (x.clone().requires_grad_() for x in degenerate()[name])
    value = function(a, b)
    assert -1e-9 <= abs(value.item()) <= 4 + 1e-9
    for gradient in torch.autograd.grad(value, (a, b)):
        assert gradient.isfinite().all()


def test_dcca_of_rank_deficient_views_without_ridge_is_their_rank():
    a = gaussian(30, 4)[:, [0, 0, 1, 1]]
    assert dcca(a, a, r=0).item() == pytest.approx(2, abs=1e-6)


@given(seeds)
def test_correlation_against_numpy(seed):
    a, b = gaussian(20, 3, seed=seed), gaussian(20, 3, seed=seed + 1)
    expected = [np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(3)]
    assert correlation(a, b).tolist() == pytest.approx(expected)


def test_correlation_of_maps_has_positions_as_samples():
    a, b = gaussian(2, 3, 4, 5), gaussian(2, 3, 4, 5, seed=1)
    flat = [x.movedim(1, -1).reshape(-1, 3) for x in (a, b)]
    torch.testing.assert_close(correlation(a, b), correlation(*flat))


@given(seeds, st.floats(0.01, 100), st.floats(-100, 100))
def test_correlation_ignores_scale_and_offset(seed, scale, offset):
    a, b = gaussian(20, 3, seed=seed), gaussian(20, 3, seed=seed + 1)
    torch.testing.assert_close(correlation(scale * a + offset, b), correlation(a, b))
    torch.testing.assert_close(correlation(-a, b), -correlation(a, b))


def test_correlation_gradient_matches_finite_differences():
    views = [gaussian(3, 2, 2, seed=s).requires_grad_() for s in (0, 1)]
    assert torch.autograd.gradcheck(correlation, views)


@settings(max_examples=20)
@given(st.floats(-1e6, 1e6), st.sampled_from([torch.float32, torch.float64]))
def test_correlation_of_a_constant_channel_is_0(value, dtype):
    a = torch.full((50000, 1), value, dtype=dtype, requires_grad=True)
    rho = correlation(a, torch.rand(50000, 1, dtype=dtype))
    assert rho.item() == 0
    assert not torch.autograd.grad(rho, a)[0].any()


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_correlation_of_a_channel_that_is_not_finite_is_nan(value):
    a, b = torch.randn(2, 4, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    b[0, 1, 0, 0] = value
    assert correlation(a, b).isnan().tolist() == [False, True, False]


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_correlation_of_equal_views_is_1_without_gradient(dtype):
    a = gaussian(1000, 3).to(dtype).requires_grad_()
    rho = correlation(a, a)
    torch.testing.assert_close(rho, torch.ones(3, dtype=dtype))
    gradient = torch.autograd.grad(rho.sum(), a)[0]
    assert gradient.abs().max() < 100 * torch.finfo(dtype).eps / 1000


def test_bad_arguments():
    a, b = fixture()
    with pytest.raises(ValueError, match=r'one shape .* got \[12, 3\] and \[12, 2\]'):
        correlation(a, b[:, :2])
    with pytest.raises(ValueError, match='one shape'):
        correlation(a[:, 0], b[:, 0])
    with pytest.raises(ValueError, match='the same M samples'):
        dcca(a, b[:5])
    with pytest.raises(ValueError, match='r must be a number of at least 0, got -1'):
        dcca(a, b, r=-1)
    with pytest.raises(ValueError, match='at least 2 samples, got 1'):
        dcca(a[:1], b[:1])
    with pytest.raises(ValueError, match='must be finite'):
        dcca(a / 0, b)


@pytest.mark.parametrize('r', [0, 1e-3])
def test_dcca_of_zeros_is_0(r):
    a, b = fixture()
    zeros = torch.zeros_like(a).requires_grad_()
    value = dcca(zeros, b, r=r)
    assert value.item() == 0
    assert torch.autograd.grad(value, zeros)[0].isfinite().all()
