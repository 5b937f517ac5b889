"""The picture of a table shows every seed and the differences."""

import numpy as np
import pytest

from fifa_mm.plots.comparison import draw_comparison
from fifa_mm.reproduce.results import Setting
from fifa_mm.reproduce.statistics import Difference
from fifa_mm.reproduce.tables import TABLES


def row(cell, nmes, difference=None):
    measured = {'NME': np.array(nmes)}
    seeds = list(range(len(nmes)))
    entries = {'best': measured, 'last': measured, 'difference': difference}
    return {'cell': cell, 'seeds': seeds, **entries}


def test_seeds_are_marks_and_differences_intervals():
    found = Difference(mean=-0.2, low=-0.3, high=-0.1, median=-0.2, face=0, without=-0.1)
    rows = [row('hrnet', [3.4, 3.6]), row('slpt', []), row('hrnet_fifa', [3.3], found)]
    figure = draw_comparison(TABLES[7], Setting(7, 'cofw', 256, 'short', []), rows)
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == ['hrnet', 'hrnet_fifa']
    assert [line.get_xdata().tolist() for line in left.lines[::2]] == [[3.4, 3.6], [3.3]]
    (interval,) = right.containers
    assert interval.lines[2][0].get_segments()[0][:, 0] == pytest.approx([-0.3, -0.1])
