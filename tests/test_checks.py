"""Checks of arguments: the exact sentences, and what passes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fifa_mm import checks

NO_NUMBERS = [float('nan'), float('inf'), -float('inf'), True, np.True_, '1', None, [1], 1j]


@pytest.mark.parametrize('value', NO_NUMBERS)
def test_no_number(value):
    with pytest.raises(ValueError, match=r'^sigma must be a number, got '):
        checks.number('sigma', value)


@pytest.mark.parametrize('value', [*NO_NUMBERS, 1.0, np.float32(1), 1.5])
def test_no_integer(value):
    with pytest.raises(ValueError, match=r'^depth must be an integer, got '):
        checks.integer('depth', value)


@pytest.mark.parametrize(
    ('limits', 'value', 'rule'),
    [
        ({'low': 0, 'high': 1}, 1.1, 'a number from 0 to 1, got 1.1'),
        ({'low': 0}, -1, 'a number of at least 0, got -1'),
        ({'high': 0}, 1, 'a number of at most 0, got 1'),
        ({'above': 0}, 0, 'a number above 0, got 0'),
        ({'above': 0, 'high': 1}, 2, 'a number above 0 and of at most 1, got 2'),
        ({'low': 0, 'below': 1}, 1, 'a number of at least 0 and below 1, got 1'),
        ({'above': 0, 'optional': True}, 'a', "a number above 0 or None, got 'a'"),
    ],
)
def test_sentence_of_a_number(limits, value, rule):
    with pytest.raises(ValueError, match='got') as error:
        checks.number('r', value, **limits)
    assert str(error.value) == f'r must be {rule}'


@pytest.mark.parametrize(
    ('call', 'sentence'),
    [
        (lambda: checks.integer('k', 0, 1), 'k must be an integer of at least 1, got 0'),
        (lambda: checks.integer('k', 9, 1, 8), 'k must be an integer from 1 to 8, got 9'),
        (
            lambda: checks.numbers('w', (1, -1), 2, low=0),
            'w must be 2 numbers of at least 0, got (1, -1)',
        ),
        (lambda: checks.numbers('w', 3, 2), 'w must be 2 numbers, got 3'),
        (lambda: checks.numbers('w', []), 'w must be a sequence of numbers, got []'),
        (lambda: checks.numbers('w', {1, 2}, 2), 'w must be 2 numbers, got {1, 2}'),
        (lambda: checks.numbers('w', {1: 2}, 1), 'w must be 1 numbers, got {1: 2}'),
        (lambda: checks.integers('bins', '12', 2), "bins must be 2 integers, got '12'"),
        (
            lambda: checks.integers('bins', (1, 2.0), low=1),
            'bins must be a sequence of integers of at least 1, got (1, 2.0)',
        ),
        (
            lambda: checks.size('input_size', 256),
            'input_size must be a width and a height, integers of at least 1, got 256',
        ),
        (
            lambda: checks.choice('peak', 'Unit', ('unit', 'density')),
            "peak must be one of 'unit', 'density', got 'Unit'",
        ),
        (lambda: checks.choice('views', True, (1, 2)), 'views must be one of 1, 2, got True'),
        (lambda: checks.flag('subpixel', 'no'), "subpixel must be one of True, False, got 'no'"),
        (lambda: checks.flag('subpixel', 1), 'subpixel must be one of True, False, got 1'),
        (
            lambda: checks.choice('order', np.zeros(2), ('a',)),
            "order must be one of 'a', got array([0., 0.])",
        ),
    ],
)
def test_sentences(call, sentence):
    with pytest.raises(ValueError, match='got') as error:
        call()
    assert str(error.value) == sentence


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_every_finite_number_is_one(value):
    assert checks.number('x', value) is value
    assert checks.numbers('x', [value, value], 2) == (value, value)
    assert checks.number('x', value, value, value) is value


@given(st.integers())
def test_every_integer_is_one(value):
    assert checks.integer('x', value, value, value) is value


def test_numpy_numbers_are_numbers():
    assert checks.number('x', np.float32(0.5), 0, 1) == 0.5
    assert checks.integer('x', np.int64(3), 1) == 3
    assert checks.size('x', np.array([4, 5])) == (4, 5)
    assert checks.integer('x', None, 1, optional=True) is None
