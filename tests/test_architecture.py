"""Imports go downward, as docs/architecture.md says."""

import ast
import re
from pathlib import Path

import fifa_mm

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / 'docs' / 'architecture.md').read_text()
# One row a floor, the top one first: the rooms on it, in backquotes, and what they hold.
FLOORS = [
    re.findall(r'`(\w+)`', row) for row in re.findall(r'^\| (\d+ \| .*?) \|', TEXT, re.MULTILINE)
]
FLOOR = {room: height for height, rooms in enumerate(reversed(FLOORS)) for room in rooms}


def imports(path):
    """The rooms that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f'{node.module}.{alias.name}' for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name.split('.')[1] for name in names if name.startswith('fifa_mm.'))


def arrows():
    for path in (ROOT / 'fifa_mm').rglob('*.py'):
        room = path.relative_to(ROOT / 'fifa_mm').parts[0].removesuffix('.py')
        if room not in ('__init__', '__main__'):
            yield from ((room, other) for other in imports(path) if other != room)


def test_every_room_stands_on_a_floor():
    rooms = {path.name.removesuffix('.py') for path in (ROOT / 'fifa_mm').iterdir()}
    hidden = {name for name in rooms if name.startswith(('_', '.'))} | {'py.typed'}
    assert rooms - hidden == set(FLOOR)


def test_imports_go_downward():
    assert {(a, b) for a, b in arrows() if FLOOR[a] <= FLOOR[b]} == set()


def test_models_import_no_dataset_and_no_metric():
    assert not {('models', 'datasets'), ('models', 'metrics')} & set(arrows())


def test_public_interface_is_the_table():
    rows = re.findall(r'^\| ([\w`.]+) \| ((?:`\w+`(?:, )?)+) \|$', TEXT, re.MULTILINE)
    named = {kind.strip('`'): re.findall(r'`(\w+)`', names) for kind, names in rows}
    assert named.pop('fifa_mm.functional') == fifa_mm.functional.__all__
    assert sorted(name for names in named.values() for name in names) == sorted(fifa_mm.__all__)
    for room, names in named.items():
        for name in names if room != 'Python' else ():
            assert getattr(fifa_mm, name).__module__.startswith(f'fifa_mm.{room}.')
