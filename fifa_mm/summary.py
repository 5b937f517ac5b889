"""Tables of training runs, from the ``report.json`` each of them wrote."""

import json
from pathlib import Path

COLUMNS = ('NME', 'FR', 'AUC')


def load_reports(paths):
    """``{name: report}``; the name is the file's, or its folder's where it is ``report.json``.

    Raises:
        ValueError: a file that is not the report of a run that ended, or a name twice.
    """
    reports = {}
    for path in map(Path, paths):
        name = path.parent.name if path.name == 'report.json' else path.stem
        report = json.loads(path.read_text())
        if 'last' not in report:
            raise ValueError(f'{path} must be the report of a run that ended, it has no `last`')
        if name in reports:
            raise ValueError(f'{path} must have a name of its own, {name!r} is taken')
        reports[name] = report
    return reports


def markdown_table(reports):
    """Best and last epoch of every run, chosen on its validation set, as a Markdown table."""
    lines = [
        '| run | epochs | seed | epoch | val NME | val FR | test NME | test FR | test AUC |',
        '|---|---|---|---|---|---|---|---|---|',
    ]
    for name, report in reports.items():
        for which in ('best', 'last'):
            entry = report.get(which)
            if entry:
                val, test = entry['val'], entry.get('test', {})
                cells = [val.get('NME'), val.get('FR'), *(test.get(key) for key in COLUMNS)]
                cells = ['-' if cell is None else f'{cell:.2f}' for cell in cells]
                start = [name, report['max_epochs'], report['seed'], f'{which} ({val["epoch"]})']
                lines.append('| ' + ' | '.join(map(str, [*start, *cells])) + ' |')
    return '\n'.join(lines)
