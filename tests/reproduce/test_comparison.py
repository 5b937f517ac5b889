"""Paired differences and the tables made of records."""

import numpy as np
import pytest

from fifa_mm.reproduce.comparison import markdown, summarize
from fifa_mm.reproduce.results import Setting
from fifa_mm.reproduce.tables import TABLES

SETTING = Setting(7, 'cofw', 256, 'short', [{'type': 'FaceLandmarkMetric', 'protocol': 'box'}])


def record(best, last=None, status='done', **others):
    def entry(nmes):
        test = {'NME': 100 * float(np.mean(nmes)), 'FR': 1.0, 'AUC': 60.0}
        return {'test': test, 'faces': {'id': list(range(len(nmes))), 'nme': list(nmes)}}

    return {'status': status, 'best': entry(best), 'last': entry(last or best), **others}


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
    np.testing.assert_allclose(hrnet['median'], [4, 6])
    # By face 3, 4, 7 against 3, 5, 7, the mean of two seeds.
    assert fifa['difference'].mean == pytest.approx(-1 / 3)
    assert (fifa['face'], fifa['difference'].without) == (1, pytest.approx(0))
    assert adnet['seeds'] == []
    assert adnet['failed'] == ['seed 0 crashed: KeyError: a']


def test_markdown(records):
    rows = summarize(TABLES[7], 'cofw', records)
    text = markdown(TABLES[7], SETTING, rows)
    assert (
        '| hrnet | 3.45 | 2 | 5.00 ± 1.41 | 5.50 ± 0.71 | 5.00 ± 1.41 | 1.00 ± 0.00 | 60.00 ± 0.00 '
        '| - | - | - | - | - |' in text
    )
    assert '| hrnet_fifa | 3.32 | 1 | 4.67 | 4.67 | 4.00 | 1.00 | 60.00 | -0.33 |' in text
    assert text.splitlines()[7].endswith(' +0.00 | 1 | +0.00 |')
    assert '| adnet | 4.68 | 0 | - | - |' in text
    assert '- adnet, seed 0 crashed: KeyError: a' in text
    assert '| paper |' in text
    assert 'protocol box' in text


def test_faces_are_paired_by_id_not_by_order(records):
    faces = records['hrnet_fifa', 1]['best']['faces']
    faces['id'], faces['nme'] = faces['id'][::-1], faces['nme'][::-1]
    assert summarize(TABLES[7], 'cofw', records)[1]['difference'].mean == pytest.approx(-1 / 3)


def test_records_of_other_faces(records):
    records['hrnet_fifa', 1]['best']['faces']['id'] = [0, 1, 7]
    with pytest.raises(ValueError, match=r"'hrnet_fifa' must measure the same faces.* 2 of them"):
        summarize(TABLES[7], 'cofw', records)


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


def test_both_decoders():
    """The second table has the rows that were tested with both, whose seeds all were."""
    both, old = record([0.02, 0.03]), record([0.02, 0.04])
    for entry in (both['best'], both['last']):
        entry['test'] |= {'local/NME': 2.25, 'local/FR': 0.5, 'local/AUC': 70.0}
    runs = {('farl', 0): both, ('farl_fifa', 0): both, ('farl_fifa', 1): old, ('hrnet', 0): old}
    text = markdown(TABLES[7], SETTING, summarize(TABLES[7], 'cofw', runs))
    assert '| farl | 2.25 | 2.25 | 0.50 | 70.00 |' in text
    assert text.count('| farl_fifa |') == text.count('| hrnet |') == 1
    del runs['farl', 0]
    assert 'decoder' not in markdown(TABLES[7], SETTING, summarize(TABLES[7], 'cofw', runs))


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
