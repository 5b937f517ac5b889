"""The cells of the paper's tables."""

from collections import Counter

import pytest

from fifa_mm.reproduce.tables import TABLES

ALL = list(TABLES.values())


@pytest.mark.parametrize('table', ALL, ids=lambda table: f'table {table.number}')
def test_cells(table):
    names = Counter(cell.name for cell in table.cells)
    assert set(names.values()) == {1}
    for cell in table.cells:
        assert cell.baseline is None or cell.baseline in names
        assert cell.baseline != cell.name
        assert set(cell.paper) <= set(table.data)
        assert all('NME' in metrics for metrics in cell.paper.values())


def test_counts_and_numbers_of_the_paper():
    """Tables 1 to 7; FiFA's own cell of Tables 1, 3, 4 and 6 is the same system on COFW."""
    assert [len(table.cells) for table in ALL] == [1, 1, 4, 5, 12, 5, 15]
    nmes = {
        (table.number, cell.name): cell.paper['cofw']['NME']
        for table in ALL
        if table.number != 2
        for cell in table.cells
    }
    whole = [(1, 'fifa'), (3, 'siamese'), (4, 'start_5'), (6, 'dcca')]
    assert {nmes[key] for key in whole} == {2.96}
    assert min(nmes.values()) == nmes[1, 'fifa']
    for number, rows, columns in ((5, 6, 2), (7, 5, 3)):
        values = [value for (table, _), value in nmes.items() if table == number]
        for row in range(rows):
            row = values[row * columns : (row + 1) * columns]
            assert row == sorted(row, reverse=True), 'FiFA improves every row of the paper'


def test_select():
    (table,) = (table for table in ALL if table.number == 7)
    assert [cell.name for cell in table.select('hrnet*')] == [
        'hrnet',
        'hrnet_fifa',
        'hrnet_fifa_siamese',
    ]
    assert table.select('*') == list(table.cells)
    with pytest.raises(ValueError, match="no cell of table 7 matches 'vgg': it has hrnet, "):
        table.select('vgg')
