"""Differences between cells: mean, interval over seeds and faces, median, the face that decides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, norm

from fifa_mm.reproduce.statistics import difference


def test_known_values():
    base = np.array([[1.0, 2.0, 4.0], [3.0, 2.0, 6.0]])  # by face: 2, 2, 5
    found = difference([[1.0, 1.0, 1.0]], base)  # by face: -1, -1, -4
    assert (found.mean, found.median, found.face, found.without) == (-2, -1, 2, -1)


def test_faces_alone_as_scipy_finds_them():
    rng = np.random.default_rng(0)
    base, change = rng.gamma(4, 1, (1, 300)), rng.normal(-0.2, 1, (1, 300))
    found = difference(base + change, base)
    theirs = bootstrap((change[0],), np.mean, method='percentile', random_state=1)
    np.testing.assert_allclose([found.low, found.high], theirs.confidence_interval, atol=0.01)


def test_seeds_alone_as_scipy_finds_them():
    seeds, others = np.array([4.5, 4.7, 5.0, 4.4, 4.6]), np.array([4.2, 4.9, 4.8, 4.7])
    faces = np.linspace(-1, 1, 50)  # the same in every run
    found = difference(seeds[:, None] + faces, others[:, None] + faces)
    theirs = bootstrap(
        (seeds, others), lambda a, b: a.mean(-1) - b.mean(-1), method='percentile', random_state=1
    )
    np.testing.assert_allclose([found.low, found.high], theirs.confidence_interval, atol=0.02)


def test_both_levels_add_up_as_variances_do():
    rng = np.random.default_rng(2)
    runs = [rng.normal(size=(40, 1)) * 0.5 + rng.normal(size=(1, 900)) * 3 for _ in range(2)]
    found = difference(*runs)
    by_face = runs[0].mean(0) - runs[1].mean(0)
    variance = by_face.var() / 900 + sum(run.mean(1).var() / 40 for run in runs)
    half = norm.ppf(0.975) * np.sqrt(variance)
    expected = [found.mean - half, found.mean + half]
    np.testing.assert_allclose([found.low, found.high], expected, atol=0.05 * half)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 64)] * 4), min_size=2, max_size=12),
    st.integers(-32, 32),
)
def test_a_shift_of_both_changes_nothing_and_an_exchange_the_sign(faces, shift):
    runs = np.transpose(faces) / 64  # sums of these are exact
    one, other = runs[:2], runs[2:]
    found, moved = difference(one, other), difference(one + shift / 64, other + shift / 64)
    assert found.mean == pytest.approx(moved.mean, abs=1e-9)
    assert found.low == pytest.approx(moved.low, abs=1e-9)
    assert found.low - 1e-9 <= found.mean <= found.high + 1e-9
    assert difference(other, one).mean == pytest.approx(-found.mean, abs=1e-12)


@pytest.mark.parametrize(
    ('errors', 'base', 'message'),
    [
        ([[1.0]], [[1.0]], r'got shapes \(1, 1\) and \(1, 1\)'),
        ([[1.0, 2.0]], [[1.0, 2.0, 3.0]], r'got shapes \(1, 2\) and \(1, 3\)'),
        ([1.0, 2.0], [1.0, 2.0], r'got shapes \(2,\) and \(2,\)'),
        (np.empty((0, 2)), [[1.0, 2.0]], 'a seed of each cell'),
    ],
)
def test_what_does_not_compare(errors, base, message):
    with pytest.raises(ValueError, match=message):
        difference(errors, base)
