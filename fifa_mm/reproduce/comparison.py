"""A table of what was measured beside what the paper prints."""

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import bootstrap

CONFIDENCE = 0.95


def paired_difference(errors, baseline):
    """Mean difference of the errors of the same faces, with its bootstrap interval over faces.

    Args:
        errors, baseline (dict): Error of each face by its id.

    Returns:
        tuple: mean of ``errors - baseline``, and the two ends of its 95 % interval (BCa, 9999
        resamples of the faces, seeded). Without spread both ends are the mean.

    Raises:
        ValueError: other faces in one than in the other, or fewer than two.
    """
    if set(errors) != set(baseline) or len(errors) < 2:
        raise ValueError(
            f'a paired difference needs the same two or more faces, got {len(errors)} and '
            f'{len(baseline)}, {len(set(errors) & set(baseline))} of them common'
        )
    difference = np.array([errors[face] - baseline[face] for face in errors])
    mean = float(difference.mean())
    if np.ptp(difference) < 1e-12:
        return mean, mean, mean
    interval = bootstrap(
        (difference,), np.mean, confidence_level=CONFIDENCE, random_state=0
    ).confidence_interval
    return mean, float(interval.low), float(interval.high)


def summarize(table, data, records):
    """One row a cell that has records.

    Args:
        table (fifa_mm.reproduce.tables.Table): Its cells and the paper's numbers.
        data (str): Data profile of the records.
        records (dict): ``{(cell, seed): record}``.

    Returns:
        list[dict]: ``cell``, ``paper`` (metrics), ``seeds``, ``best`` and ``last`` (metrics, arrays
        over seeds, in percent), ``failed`` (reasons), and ``difference``: mean, low and high in
        percent against the baseline cell at the best epoch, over the seeds both have, or None.
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
            names = tests[0] if tests else ()
            row[which] = {name: np.array([test[name] for test in tests]) for name in names}
        common = [seed for seed in seeds if (cell.baseline, seed) in done]
        row['difference'] = None
        if common:
            pair = [
                _mean_errors([done[name, seed]['best']['faces'] for seed in common])
                for name in (cell.name, cell.baseline)
            ]
            row['difference'] = tuple(100 * value for value in paired_difference(*pair))
        rows.append(row)
    return rows


def _mean_errors(runs):
    """Mean error of each face over runs, a dict by id."""
    return dict(zip(runs[0]['id'], np.mean([run['nme'] for run in runs], axis=0), strict=True))


def markdown(table, setting, rows):
    """The table as Markdown; every number of the paper's stands in a column that says so."""
    own = setting.data in table.data
    paper = 'paper' if own else f"paper's, on {table.data[0]}"
    kinds = ', '.join(metric['protocol'] for metric in setting.protocol)
    lines = [
        f'# Table {table.number}: {table.title}',
        '',
        f'Data {setting.data}, side of the input {setting.size}, recipe {setting.recipe}, protocol '
        f'{kinds}. Percent, mean ± standard deviation over seeds. FR, AUC and the difference are '
        "those of the best epoch; the difference is to the row's baseline, with its 95 % bootstrap "
        f'interval over faces. {table.note}'.strip(),
        '',
        f'| cell | {paper} | seeds | best NME | last NME | FR | AUC | difference | 95 % |',
        '|---|---|---|---|---|---|---|---|---|',
    ]
    for row in rows:
        best, last = row['best'], row['last']
        cells = [row['cell'], f'{row["paper"]["NME"]:.2f}', len(row['seeds'])]
        cells += [_spread(best.get('NME')), _spread(last.get('NME'))]
        cells += [_spread(best.get('FR')), _spread(best.get('AUC'))]
        if row['difference']:
            mean, low, high = row['difference']
            cells += [f'{mean:+.2f}', f'{low:+.2f} to {high:+.2f}']
        else:
            cells += ['-', '-']
        lines.append('| ' + ' | '.join(map(str, cells)) + ' |')
    if own and any(len(row['paper']) > 1 for row in rows):
        lines += ['', '| cell | metric | paper | best | last |', '|---|---|---|---|---|']
        for row in rows:
            for name, value in row['paper'].items():
                ours = [_spread(row[which].get(name)) for which in ('best', 'last')]
                lines.append(f'| {row["cell"]} | {name} | {value:.2f} | {ours[0]} | {ours[1]} |')
    failures = [f'- {row["cell"]}, {text}' for row in rows for text in row['failed']]
    return '\n'.join(lines + ([''] + failures if failures else [])) + '\n'


def _spread(values):
    """Mean ± standard deviation over seeds."""
    if values is None or not len(values):
        return '-'
    spread = f' ± {np.std(values, ddof=1):.2f}' if len(values) > 1 else ''
    return f'{np.mean(values):.2f}{spread}'


def draw(table, setting, rows):
    """NME of every seed, and the differences with their 95 % intervals.

    Returns:
        matplotlib.figure.Figure
    """
    rows = [row for row in rows if row['seeds']]
    figure = Figure(figsize=(9, 1.8 + 0.35 * len(rows)), layout='constrained')
    left, right = figure.subplots(1, 2, sharey=True)
    figure.suptitle(
        f'Table {table.number} on {setting.data}, {setting.size} px, recipe {setting.recipe}'
    )
    for height, row in enumerate(rows):
        for which, marker in (('best', 'o'), ('last', 'x')):
            values = row[which]['NME']
            label = f'{which} epoch' if height == 0 else None
            color = 'C0' if which == 'best' else 'C1'
            left.plot(values, np.full(len(values), height), marker, color=color, label=label)
        if row['difference']:
            mean, low, high = row['difference']
            errors = [[mean - low], [high - mean]]
            right.errorbar(mean, height, xerr=errors, fmt='o', color='C0', capsize=3)
    left.set_yticks(range(len(rows)), [row['cell'] for row in rows])
    left.invert_yaxis()
    left.set_xlabel('test NME, %; one mark a seed')
    left.legend()
    right.axvline(0, color='black', linewidth=0.8)
    right.set_xlabel('difference to the baseline, % points')
    for axis in (left, right):
        axis.grid(alpha=0.3, axis='x')
    return figure
