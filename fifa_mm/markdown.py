"""Tables in Markdown."""

from collections.abc import Iterable, Sequence


def table(header: Sequence, rows: Iterable[Sequence]) -> str:
    """A table of cells of any kind, without a line end."""
    lines = [header, ['---'] * len(header), *rows]
    return '\n'.join('| ' + ' | '.join(map(str, line)) + ' |' for line in lines)
