"""A table of what was measured beside what the paper prints."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fifa_mm.markdown import table as markdown_table
from fifa_mm.reproduce.results import Setting
from fifa_mm.reproduce.statistics import difference
from fifa_mm.reproduce.tables import Table

COLUMNS = (
    'cell', '{paper}', 'seeds', 'best NME', 'last NME', 'median', 'FR', 'AUC',
    'difference', '95 %', 'of medians', 'most influential face', 'without it',
)  # fmt: skip
LOCAL = (
    'The rows above decode the centroid of the whole map. With the centroid of a window around the '
    'maximum (decoder `local`), the same weights and epochs:'
)
LOCAL_COLUMNS = ('cell', 'best NME', 'last NME', 'FR', 'AUC')


def summarize(
    table: Table, data: str, records: dict[tuple[str, int], dict]
) -> list[dict[str, Any]]:
    """One row a cell that has records.

    Args:
        table: Its cells and the paper's numbers.
        data: Data profile of the records.
        records: ``{(cell, seed): record}``.

    Returns:
        ``cell``, ``paper`` (metrics), ``seeds``, ``best`` and ``last`` (metrics, arrays
        over seeds, in percent), ``median`` (of the faces' errors at the best epoch, array over
        seeds), ``failed`` (reasons), and against the baseline's records at the best epoch
        ``difference``, a :class:`fifa_mm.reproduce.statistics.Difference` in percent, and ``face``,
        the id of the face that it names; both None for a baseline.

    Raises:
        ValueError: records that do not measure the same faces.
    """
    done = {key: record for key, record in records.items() if record['status'] == 'done'}
    rows = []
    for cell in table.cells:
        seeds = sorted(seed for name, seed in done if name == cell.name)
        failed = [
            f'seed {seed} {record["status"]}: {record["reason"]}'
            for (name, seed), record in sorted(records.items())
            if name == cell.name and record['status'] != 'done'
        ]
        if not seeds and not failed:
            continue
        row = {'cell': cell.name, 'baseline': cell.baseline, 'seeds': seeds, 'failed': failed}
        row['paper'] = cell.paper.get(data) or next(iter(cell.paper.values()))
        for which in ('best', 'last'):
            tests = [done[cell.name, seed][which]['test'] for seed in seeds]
            names = set.intersection(*map(set, tests)) if tests else ()
            row[which] = {name: np.array([test[name] for test in tests]) for name in names}
        row['difference'] = row['face'] = None
        _, errors = _errors(done, cell.name)
        row['median'] = np.median(errors, axis=1)
        ids, baseline = _errors(done, cell.baseline)
        if seeds and len(baseline):
            _, errors = _errors(done, cell.name, ids)
            row['difference'] = difference(errors, baseline)
            row['face'] = ids[row['difference'].face]
        rows.append(row)
    return rows


def _errors(
    done: dict[tuple[str, int], dict], cell: str | None, ids: list | None = None
) -> tuple[list, np.ndarray]:
    """Ids of the faces, and their errors in percent at the best epoch of every seed, (S, N)."""
    runs = [record['best']['faces'] for (name, _), record in sorted(done.items()) if name == cell]
    ids = ids or (runs[0]['id'] if runs else [])
    errors = []
    for run in runs:
        by_id = dict(zip(run['id'], run['nme'], strict=True))
        if set(by_id) != set(ids):
            raise ValueError(
                f'records of {cell!r} must measure the same faces as those beside them, got '
                f'{len(by_id)} and {len(ids)}, {len(set(by_id) & set(ids))} of them common'
            )
        errors.append([100 * by_id[face] for face in ids])
    return ids, np.reshape(errors, (len(runs), len(ids)))


def markdown(table: Table, setting: Setting, rows: Sequence[dict[str, Any]]) -> str:
    """The table as Markdown; every number of the paper's stands in a column that says so."""
    own = setting.data in table.data
    paper = 'paper' if own else f"paper's, on {table.data[0]}"
    kinds = ', '.join(metric['protocol'] for metric in setting.protocol)
    lines = [
        f'# Table {table.number}: {table.title}',
        '',
        f'Data {setting.data}, side of the input {setting.size}, recipe {setting.recipe}, protocol '
        f'{kinds}. Percent, mean ± standard deviation over seeds. All but the last NME is measured '
        "at the best epoch. The difference is to the row's baseline, with the 95 % interval of a "
        'bootstrap over seeds and faces together (over faces alone where a cell has one seed); the '
        'most influential face is the one without which the difference changes most. '
        f'{table.note}'.strip(),
        '',
    ]
    cells = []
    for row in rows:
        best, last = row['best'], row['last']
        scores = [best.get('NME'), last.get('NME'), row['median'], best.get('FR'), best.get('AUC')]
        difference = ['-'] * 5
        if found := row['difference']:
            difference = [f'{found.mean:+.2f}', f'{found.low:+.2f} to {found.high:+.2f}']
            difference += [f'{found.median:+.2f}', row['face'], f'{found.without:+.2f}']
        start = [row['cell'], f'{row["paper"]["NME"]:.2f}', len(row['seeds'])]
        cells.append([*start, *map(_spread, scores), *difference])
    lines.append(markdown_table([column.format(paper=paper) for column in COLUMNS], cells))
    if own and any(len(row['paper']) > 1 for row in rows):
        cells = [
            [row['cell'], name, f'{value:.2f}', _spread(row['best'].get(name))]
            + [_spread(row['last'].get(name))]
            for row in rows
            for name, value in row['paper'].items()
        ]
        lines += ['', markdown_table(['cell', 'metric', 'paper', 'best', 'last'], cells)]
    if local := [row for row in rows if 'local/NME' in row['best']]:
        cells = []
        for row in local:
            best = row['best']
            scores = [best['local/NME'], row['last']['local/NME']]
            scores += [best['local/FR'], best['local/AUC']]
            cells.append([row['cell'], *map(_spread, scores)])
        lines += ['', LOCAL, '', markdown_table(LOCAL_COLUMNS, cells)]
    failures = [f'- {row["cell"]}, {text}' for row in rows for text in row['failed']]
    return '\n'.join(lines + ([''] + failures if failures else [])) + '\n'


def _spread(values: np.ndarray | None) -> str:
    """Mean ± standard deviation over seeds."""
    if values is None or not len(values):
        return '-'
    spread = f' ± {np.std(values, ddof=1):.2f}' if len(values) > 1 else ''
    return f'{np.mean(values):.2f}{spread}'
