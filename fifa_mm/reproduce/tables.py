"""The paper's tables as lists of cells, and the numbers it prints for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Cell:
    """One training of a table.

    Attributes:
        name: Unique in its table.
        config: Path under ``configs/``.
        baseline: Name of the cell that the row compares with, if any.
        paper: ``{data profile: {metric: value}}`` as the paper prints them, in percent.
    """

    name: str
    config: str
    baseline: str | None = None
    paper: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table of the paper: the data it is about, its cells, and what to know of its numbers."""

    number: int
    title: str
    data: tuple
    cells: tuple
    note: str = ''

    def select(self, pattern: str) -> list[Cell]:
        """The cells whose names match a glob.

        Raises:
            ValueError: none does.
        """
        chosen = [cell for cell in self.cells if fnmatchcase(cell.name, pattern)]
        if not chosen:
            names = ', '.join(cell.name for cell in self.cells)
            raise ValueError(f'no cell of table {self.number} matches {pattern!r}: it has {names}')
        return chosen


def _cofw(nme: float, **others: float) -> dict[str, dict[str, float]]:
    return {'cofw': {'NME': nme, **others}}


def _cells(files: str, rows: dict[str, float], baseline: str | None = None) -> tuple[Cell, ...]:
    """Cells ``{name: NME on COFW}`` of the configs FILES + name, compared with one of them."""
    return tuple(
        Cell(name, f'{files}{name}.py', None if name == baseline else baseline, _cofw(nme))
        for name, nme in rows.items()
    )


def _columns(
    folder: str, columns: Sequence[str], rows: Mapping[str, Sequence[float]]
) -> tuple[Cell, ...]:
    """Rows of several cells, the first of which is the row's baseline."""
    return tuple(
        Cell(
            row + column,
            f'{folder}/{row}{column}.py',
            row + columns[0] if column != columns[0] else None,
            _cofw(nme),
        )
        for row, values in rows.items()
        for column, nme in zip(columns, values, strict=True)
    )


def _subsets(metric: str, full: float, **subsets: float) -> dict[str, float]:
    return {metric: full, **{f'{name}/{metric}': value for name, value in subsets.items()}}


TABLE_1 = {
    'cofw': {'NME': 2.96, 'FR': 0.00},
    '300w': _subsets('NME', 2.89, common=2.51, challenge=4.47),
    'aflw': _subsets('NME', 0.92, frontal=0.80) | {'box/NME': 1.31, 'box/AUC': 81.8},
}
_WFLW = {  # NME, FR
    'pose': (6.47, 7.05),
    'expression': (4.09, 1.27),
    'illumination': (3.80, 1.43),
    'make_up': (3.76, 1.45),
    'occlusion': (4.63, 3.39),
    'blur': (4.43, 1.94),
}
TABLE_2 = {
    'wflw': _subsets('NME', 3.89, **{name: nme for name, (nme, _) in _WFLW.items()})
    | _subsets('FR', 1.60, **{name: rate for name, (_, rate) in _WFLW.items()})
}
COMPONENTS = {'vit': 3.11, 'hourglass': 3.07, 'fifa': 3.00, 'siamese': 2.96}
SIZES = {'start_3': 3.05, 'start_4': 3.00, 'start_5': 2.96, 'start_6': 2.99, 'start_7': 3.02}
AUGMENTATIONS = {  # without FiFA, with it
    'rm_ro': (3.15, 3.08),
    'rm_ro_rgr': (3.12, 3.07),
    'rm_ro_rgr_rgm': (3.10, 3.04),
    'rm_ro_rgr_rgm_rb': (3.10, 3.04),
    'rm_bi_ro_rgr_rgm_rb': (3.08, 3.03),
    'rm_bi_ro_nf_rgr_rgm_rb': (3.07, 3.00),
}
LOSSES = {'l2': 3.14, 'l1': 3.09, 'smooth_l1': 3.11, 'wing': 3.05, 'dcca': 2.96}
SYSTEMS = {  # alone, with FiFA, with FiFA and two views
    'hrnet': (3.45, 3.32, 3.28),
    'adnet': (4.68, 4.51, 4.45),
    'shfan': (3.25, 3.12, 3.07),
    'farl': (3.11, 3.04, 3.01),
    'slpt': (3.32, 3.15, 3.10),
}
_ALL = [
    Table(
        1,
        'FiFA on COFW, 300W and AFLW',
        ('cofw', '300w', 'aflw'),
        (Cell('fifa', 'table1/fifa_cofw.py', paper=TABLE_1),),
    ),
    Table(
        2,
        'FiFA on WFLW and its subsets',
        ('wflw',),
        (Cell('fifa', 'table2/fifa_wflw.py', paper=TABLE_2),),
    ),
    Table(3, 'components', ('cofw',), _cells('table3/components_', COMPONENTS, 'vit')),
    Table(4, 'size of the first patches', ('cofw',), _cells('table4/', SIZES, 'start_3')),
    Table(
        5,
        'standard augmentations, without and with FiFA',
        ('cofw',),
        _columns('table5', ('', '_fifa'), AUGMENTATIONS),
    ),
    Table(6, 'losses between the views', ('cofw',), _cells('table6/', LOSSES, 'l2')),
    Table(
        7,
        'five systems, with FiFA, with FiFA and Siamese DCCA',
        ('cofw',),
        _columns('table7', ('', '_fifa', '_fifa_siamese'), SYSTEMS),
        "The paper's ADNet numbers are by the distance of the pupils (ADNet's own 4.68 is).",
    ),
]
TABLES = {table.number: table for table in _ALL}
