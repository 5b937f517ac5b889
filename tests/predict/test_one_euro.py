import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fifa_mm.predict.one_euro import OneEuroFilter

SIGNALS = st.lists(st.floats(-100, 100), min_size=2, max_size=20)


def paper(signal, rate, min_cutoff, beta, d_cutoff):
    """Algorithm 1 and 2 of the paper, number by number."""

    def alpha(cutoff):
        tau, period = 1 / (2 * math.pi * cutoff), 1 / rate
        return 1 / (1 + tau / period)

    previous, d_previous, out = None, None, []
    for x in signal:
        dx = 0.0 if previous is None else (x - previous) * rate
        d_previous = dx if d_previous is None else d_previous + alpha(d_cutoff) * (dx - d_previous)
        cutoff = min_cutoff + beta * abs(d_previous)
        previous = x if previous is None else previous + alpha(cutoff) * (x - previous)
        out.append(previous)
    return out


@given(signal=SIGNALS, rate=st.floats(1, 120), cutoff=st.floats(0.1, 5), beta=st.floats(0, 2))
def test_it_is_the_algorithm_of_the_paper(signal, rate, cutoff, beta):
    one = OneEuroFilter(rate, min_cutoff=cutoff, beta=beta, d_cutoff=1.5)
    found = [float(one(np.array(x))) for x in signal]
    np.testing.assert_allclose(found, paper(signal, rate, cutoff, beta, 1.5), atol=1e-9)


def test_known_values():
    """One step of 1 at 10 Hz: alpha of 1 Hz is 1 / (1 + 10 / (2 pi)) = 0.38587."""
    one = OneEuroFilter(10)
    assert one(np.zeros(2)).tolist() == [0, 0]
    np.testing.assert_allclose(one(np.array([1.0, 0])), [0.385870, 0], atol=1e-6)


def test_signals_are_filtered_apart():
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(20, 5, 2))
    together = OneEuroFilter(25, beta=0.3)
    alone = OneEuroFilter(25, beta=0.3)
    for sample in samples:
        np.testing.assert_allclose(together(sample)[3, 1], alone(sample[3, 1]))


def test_rest_is_smoothed_and_movement_followed():
    noise, path = np.random.default_rng(0).normal(size=200), 20.0 * np.arange(100)
    lag = {}
    for beta in (0, 0.02):
        one, other = (OneEuroFilter(25, beta=beta) for _ in range(2))
        assert np.std([float(one(np.array(x))) for x in noise][50:]) < 0.5
        lag[beta] = path[-1] - float([other(np.array(x)) for x in path][-1])
    assert 0 < lag[0.02] < 0.2 * lag[0]


def test_the_unit_scales_speeds():
    """A picture twice as large with a unit twice as large is filtered alike."""
    small, large = (OneEuroFilter(25, beta=2.0) for _ in range(2))
    for x in np.random.default_rng(0).normal(size=(10, 3)):
        np.testing.assert_allclose(2 * small(x, unit=10), large(2 * x, unit=20))


@pytest.mark.parametrize(
    'arguments',
    [{'rate': 0}, {'rate': math.nan}, {'min_cutoff': 0}, {'beta': -1}, {'d_cutoff': 0}],
)
def test_arguments_outside_their_range(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        OneEuroFilter(**{'rate': 25, **arguments})
