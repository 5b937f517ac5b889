"""The records of trained cells: one JSON file a cell and seed, in one folder for what compares."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fifa_mm.files import read_json, write_json

VERSION = 1  # of the records' form


@dataclass(frozen=True)
class Setting:
    """What the cells of one results folder have in common."""

    table: int
    data: str
    size: int | str
    recipe: str
    protocol: list

    @property
    def folder(self) -> Path:
        """Name of the folder, relative to the results' root."""
        return Path(f'table{self.table}', f'{self.data}_{self.size}_{self.recipe}')


class Results:
    """A folder of records.

    Args:
        root: Folder of all results.
        setting: What the records must have been made with.

    Raises:
        ValueError: a record that was made with another setting or by another version; a file that
            is not a whole record.
    """

    def __init__(self, root: str | Path, setting: Setting) -> None:
        self.setting = setting
        self.folder = Path(root, setting.folder)
        self.load()

    def load(self) -> dict[tuple[str, int], dict[str, Any]]:
        """All records, ``{(cell, seed): record}``."""
        paths = sorted(self.folder.glob('*_seed*.json'))
        records = [self._read(path) for path in paths]
        return {(record['cell'], record['seed']): record for record in records}

    def path(self, cell: str, seed: int) -> Path:
        """Where the record of a cell and seed is."""
        return self.folder / f'{cell}_seed{seed}.json'

    def done(self, cell: str, seed: int, digest: str) -> bool:
        """Whether a cell needs no training: it ended, or its loss is known not to stay finite.

        Raises:
            ValueError: it was trained with another config.
        """
        path = self.path(cell, seed)
        if not path.exists():
            return False
        record = self._read(path)
        if record['status'] == 'crashed':
            return False
        self._check(path, record, {'config_digest': digest})
        return True

    def add(self, cell: str, seed: int, digest: str, status: str, content: dict[str, Any]) -> None:
        """Keep a record; ``status`` is ``'done'``, ``'crashed'`` or ``'diverged'``."""
        identity = {'cell': cell, 'seed': seed, 'status': status, 'config_digest': digest}
        record = {**content, 'version': VERSION, **asdict(self.setting), **identity}
        write_json(self.path(cell, seed), record)

    def _read(self, path: Path) -> dict[str, Any]:
        record = read_json(path)
        self._check(path, record, {'version': VERSION, **asdict(self.setting)})
        return record

    @staticmethod
    def _check(path: Path, record: dict[str, Any], expected: dict[str, Any]) -> None:
        for key, value in expected.items():
            if not isinstance(record, dict) or record.get(key) != value:
                found = record.get(key) if isinstance(record, dict) else record
                raise ValueError(
                    f'{path} has {key} {found!r}, this run {value!r}: they do not compare. Move '
                    'the folder away, or give another one with --results'
                )
