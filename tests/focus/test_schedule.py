"""When patches are painted and how large they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fifa_mm.focus.schedule import patch_side, scaled_side


@pytest.mark.parametrize(
    ('epoch', 'side'),
    [(0, 5), (4, 5), (5, 4), (14, 3), (19, 2), (20, 1), (24, 1), (25, 0), (999, 0)],
)
def test_paper_schedule(epoch, side):
    assert patch_side(epoch) == side


def test_lengths_of_their_own():
    sides = [patch_side(epoch, 3, [1, 2, 3]) for epoch in range(7)]
    assert sides == [3, 2, 2, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ('order', 'sides'), [('grow', [1, 1, 2, 2, 3, 3, 0]), ('constant', [3, 3, 3, 3, 3, 3, 0])]
)
def test_other_orders(order, sides):
    assert [patch_side(epoch, 3, 2, order) for epoch in range(7)] == sides


def test_random_order_draws_every_size_and_ends():
    rng = np.random.default_rng(0)
    assert {patch_side(1, 4, 1, 'random', rng) for _ in range(200)} == {1, 2, 3, 4}
    assert patch_side(4, 4, 1, 'random', rng) == 0


@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=8), epoch=st.integers(0, 50))
def test_side_falls_by_one_a_stage(lengths, epoch):
    def side(e):
        return patch_side(e, len(lengths), lengths)

    assert side(epoch) - side(epoch + 1) in (0, 1)
    assert sum(side(e) == len(lengths) for e in range(sum(lengths))) == lengths[0]
    assert (side(epoch) == 0) == (epoch >= sum(lengths))


@pytest.mark.parametrize(
    ('arguments', 'named'),
    [
        ({'interval': [1, 2]}, 'interval'),
        ({'order': 'random'}, 'rng'),
        ({'epoch': -1}, 'epoch'),
    ],
)
def test_schedule_refuses(arguments, named):
    with pytest.raises(ValueError, match=named):
        patch_side(**{'epoch': 0, **arguments})


def test_side_scaled_with_the_input():
    assert [scaled_side(side, (256, 192, 3), 512) for side in (5, 2, 1, 0)] == [3, 1, 1, 0]
    assert scaled_side(5, (1024, 1024), 512) == 10
    assert scaled_side(5, (1024, 1024)) == 5
