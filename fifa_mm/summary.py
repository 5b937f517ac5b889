"""Tables of training runs, from the ``report.json`` each of them wrote."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from fifa_mm.files import read_json
from fifa_mm.markdown import table

COLUMNS = ('NME', 'FR', 'AUC')
REPORT = {'curve', 'last', 'max_epochs', 'seed'}


def load_reports(paths: Iterable[str | Path]) -> dict[str, dict[str, Any]]:
    """``{name: report}``; the name is the file's, or its folder's where it is ``report.json``.

    Raises:
        ValueError: a file that is not the report of a run that ended, or a name twice.
    """
    reports = {}
    for path in map(Path, paths):
        name = path.parent.name if path.name == 'report.json' else path.stem
        report = read_json(path)
        if not isinstance(report, dict) or not report.keys() >= REPORT:
            missing = REPORT - set(report) if isinstance(report, dict) else REPORT
            names = ', '.join(f'`{key}`' for key in sorted(missing))
            raise ValueError(f'{path} must be the report of a run that ended, it has no {names}')
        if not all({'epoch', 'NME'} <= point.keys() for point in report['curve']):
            raise ValueError(f'{path} must have `epoch` and `NME` in every point of its curve')
        if name in reports:
            raise ValueError(f'{path} must have a name of its own, {name!r} is taken')
        reports[name] = report
    return reports


def markdown_table(reports: Mapping[str, dict[str, Any]]) -> str:
    """Best and last epoch of every run, chosen on its validation set, as a Markdown table."""
    header = ['run', 'epochs', 'seed', 'epoch', 'val NME', 'val FR']
    rows = []
    for name, report in reports.items():
        for which in ('best', 'last'):
            entry = report.get(which)
            if entry:
                val, test = entry['val'], entry.get('test', {})
                cells = [val.get('NME'), val.get('FR'), *(test.get(key) for key in COLUMNS)]
                cells = ['-' if cell is None else f'{cell:.2f}' for cell in cells]
                start = [name, report['max_epochs'], report['seed'], f'{which} ({val["epoch"]})']
                rows.append([*start, *cells])
    return table([*header, *(f'test {key}' for key in COLUMNS)], rows)


def group_seeds(reports: dict[str, dict]) -> dict[str, list[dict]]:
    """Reports by the name of their run, which is the file's less its ending ``_seedN``."""
    groups: dict[str, list[dict]] = {}
    for name, report in reports.items():
        groups.setdefault(re.sub(r'_seed\d+$', '', name), []).append(report)
    return groups


def seeds_table(groups: dict[str, list[dict]], reach: float | None = None) -> str:
    """NME of runs over their seeds, mean ± standard deviation, as a Markdown table.

    Args:
        groups: as :func:`group_seeds` makes them.
        reach: NME on the validation set in percent; adds the first epoch that is no worse, its mean
            over the seeds, or ``-`` where a seed never is.
    """
    columns = ['run', 'seeds', 'val, best', 'val, last', 'test, best', 'test, last']
    columns += [] if reach is None else [f'epochs to {reach:g}']
    rows = []
    for name, reports in groups.items():
        cells: list = [name, len(reports)]
        for part in ('val', 'test'):
            for which in ('best', 'last'):
                entries = [report.get(which) or {} for report in reports]
                cells.append(spread([entry.get(part, {}).get('NME') for entry in entries]))
        if reach is not None:
            epochs = [first_epoch(report['curve'], reach) for report in reports]
            reached = [epoch for epoch in epochs if epoch is not None]
            cells.append('-' if len(reached) < len(epochs) else f'{mean(reached):.1f}')
        rows.append(cells)
    return table(columns, rows)


def first_epoch(curve: list[dict], reach: float) -> int | None:
    """The first epoch of a curve whose NME is at most ``reach``."""
    good = (p['epoch'] for p in curve if p['NME'] is not None and p['NME'] <= reach)
    return next(good, None)


def spread(values: list[float | None]) -> str:
    """Mean ± standard deviation; ``-`` where a value is missing."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return '-'
    return f'{mean(known):.2f}' + (f' ± {stdev(known):.2f}' if len(known) > 1 else '')
