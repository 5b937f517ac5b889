"""Writes what comes out of the trainings of a table, beside their records."""

from fifa_mm.files import write_figure, write_text
from fifa_mm.plots.comparison import draw_comparison
from fifa_mm.plots.training import draw_curves
from fifa_mm.reproduce.comparison import markdown, summarize
from fifa_mm.reproduce.runs import Runs


def write_outputs(runs: Runs) -> str:
    """Write the table as Markdown and as a picture, and the curves.

    Returns:
        The Markdown, empty where there are no records yet and nothing is written.
    """
    folder, records = runs.results.folder, runs.results.load()
    rows = summarize(runs.table, runs.setting.data, records)
    if not rows:
        return ''
    text = markdown(runs.table, runs.setting, rows)
    write_text(folder / 'table.md', text)
    write_figure(folder / 'table.png', draw_comparison(runs.table, runs.setting, rows))
    done = {r['cell']: [records[r['cell'], s] for s in r['seeds']] for r in rows if r['seeds']}
    if done:
        write_figure(folder / 'curves.png', draw_curves(done))
    return text
