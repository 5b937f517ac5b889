"""The picture of a table: what was measured, cell by cell."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure


def draw_comparison(table: Any, setting: Any, rows: Sequence[dict[str, Any]]) -> Figure:
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
            found = row['difference']
            errors = [[found.mean - found.low], [found.high - found.mean]]
            right.errorbar(found.mean, height, xerr=errors, fmt='o', color='C0', capsize=3)
    left.set_yticks(range(len(rows)), [row['cell'] for row in rows])
    left.invert_yaxis()
    left.set_xlabel('test NME, %; one mark a seed')
    left.legend()
    right.axvline(0, color='black', linewidth=0.8)
    right.set_xlabel('difference to the baseline, % points')
    for axis in (left, right):
        axis.grid(alpha=0.3, axis='x')
    return figure
