"""Paired differences and the tables made of records."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from fifa_mm.reproduce.comparison import draw, markdown, paired_difference, summarize
from fifa_mm.reproduce.results import Setting
from fifa_mm.reproduce.tables import TABLES

SETTING = Setting(7, 'cofw', 256, 'short', [{'type': 'FaceLandmarkMetric', 'protocol': 'box'}])


def record(best, last=None, status='done', **others):
    def entry(nmes):
        test = {'NME': 100 * float(np.mean(nmes)), 'FR': 1.0, 'AUC': 60.0}
        return {'test': test, 'faces': {'id': list(range(len(nmes))), 'nme': list(nmes)}}

    return {'status': status, 'best': entry(best), 'last': entry(last or best), **others}


def test_interval_is_that_of_the_normal_law_for_many_faces():
    rng = np.random.default_rng(0)
    base, change = rng.gamma(4, 0.01, 4000), rng.normal(-0.002, 0.01, 4000)
    mean, low, high = paired_difference(dict(enumerate(base + change)), dict(enumerate(base)))
    half = norm.ppf(0.975) * change.std(ddof=1) / np.sqrt(4000)
    assert mean == pytest.approx(change.mean())
    np.testing.assert_allclose([low, high], [mean - half, mean + half], atol=half / 10)


def test_faces_are_paired_by_id_not_by_order():
    base = {'a': 0.1, 'b': 0.2, 'c': 0.4}
    better = {'c': 0.3, 'b': 0.1, 'a': 0.0}
    assert paired_difference(better, base) == pytest.approx((-0.1, -0.1, -0.1))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 64), min_size=3, max_size=20), st.integers(-32, 32))
def test_a_shift_of_both_changes_nothing(values, shift):
    base = {n: n / 32 for n in range(len(values))}  # sums of these are exact
    errors = {n: value / 64 for n, value in enumerate(values)}
    moved = [{n: value + shift / 64 for n, value in faces.items()} for faces in (errors, base)]
    first, second = paired_difference(errors, base), paired_difference(*moved)
    assert first == second
    assert first[1] <= first[0] <= first[2]


@pytest.mark.parametrize(
    ('errors', 'base'), [({1: 0.1}, {1: 0.2}), ({1: 0.1, 2: 0.1}, {1: 0.1, 3: 0.1})]
)
def test_faces_that_do_not_pair(errors, base):
    with pytest.raises(ValueError, match='the same two or more faces'):
        paired_difference(errors, base)


@pytest.fixture
def records():
    return {
        ('hrnet', 0): record([0.02, 0.04, 0.06], [0.03, 0.05, 0.07]),
        ('hrnet', 1): record([0.04, 0.06, 0.08]),
        ('hrnet_fifa', 1): record([0.03, 0.04, 0.07]),
        ('adnet', 0): {'status': 'crashed', 'reason': 'KeyError: a', 'log': 'x'},
    }


def test_rows(records):
    hrnet, fifa, adnet = summarize(TABLES[7], 'cofw', records)
    np.testing.assert_allclose(hrnet['best']['NME'], [4, 6])
    np.testing.assert_allclose(hrnet['last']['NME'], [5, 6])
    assert hrnet['difference'] is None
    assert hrnet['paper']['NME'] == 3.45
    assert fifa['difference'][0] == pytest.approx(-100 * 0.04 / 3)  # seed 1 alone
    assert adnet['seeds'] == []
    assert adnet['failed'] == ['seed 0 crashed: KeyError: a']


def test_markdown(records):
    rows = summarize(TABLES[7], 'cofw', records)
    text = markdown(TABLES[7], SETTING, rows)
    assert (
        '| hrnet | 3.45 | 2 | 5.00 ± 1.41 | 5.50 ± 0.71 | 1.00 ± 0.00 | 60.00 ± 0.00 | - | - |'
        in text
    )
    assert '| hrnet_fifa | 3.32 | 1 | 4.67 | 4.67 |' in text
    assert '| adnet | 4.68 | 0 | - | - |' in text
    assert '- adnet, seed 0 crashed: KeyError: a' in text
    assert '| paper |' in text
    assert 'protocol box' in text


def test_on_other_data_the_paper_s_column_says_whose_it_is(records):
    rows = summarize(TABLES[7], 'synthetic', records)
    other = Setting(7, 'synthetic', 128, 'cpu', SETTING.protocol)
    assert "| paper's, on cofw |" in markdown(TABLES[7], other, rows)


def test_subsets_of_the_paper_stand_beside_ours():
    one = record([0.02, 0.03])
    one['best']['test']['challenge/NME'] = 4.5
    rows = summarize(TABLES[1], '300w', {('fifa', 0): one})
    text = markdown(TABLES[1], Setting(1, '300w', 512, 'full', SETTING.protocol), rows)
    assert '| fifa | challenge/NME | 4.47 | 4.50 | - |' in text


def test_figure(records, tmp_path):
    figure = draw(TABLES[7], SETTING, summarize(TABLES[7], 'cofw', records))
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == ['hrnet', 'hrnet_fifa']
    assert len(right.containers) == 1
    figure.savefig(tmp_path / 'table.png')


@pytest.mark.parametrize('number', TABLES)
def test_numbers_of_the_paper(number):
    """Each cell has one, and its baseline is a cell of the table."""
    names = {cell.name for cell in TABLES[number].cells}
    assert len(names) == len(TABLES[number].cells)
    for cell in TABLES[number].cells:
        assert cell.baseline in names | {None}
        assert all(0 < metrics['NME'] < 5 for metrics in cell.paper.values())
        assert set(cell.paper) == set(TABLES[number].data)


def test_counts_of_cells():
    assert [len(table.cells) for table in TABLES.values()] == [1, 1, 4, 5, 12, 5, 15]


def test_cells_by_glob():
    assert [cell.name for cell in TABLES[7].select('slpt*')] == [
        'slpt', 'slpt_fifa', 'slpt_fifa_siamese',
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"no cell of table 7 matches 'vgg': it has hrnet, "):
        TABLES[7].select('vgg')
