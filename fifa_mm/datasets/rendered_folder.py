"""A folder of rendered faces: pictures, and what they were rendered with.

``recipe.json`` says with which renderer, seed and size, how many there are and whether all of them
are written; picture N is ``images/NNN/NNNNNN.png``.
"""

from os import PathLike
from pathlib import Path
from typing import Any

from fifa_mm.files import read_json, write_json
from fifa_mm.rendering.render import VERSION

RECIPE = 'recipe.json'
END = b'IEND\xaeB`\x82'  # of a PNG file


def picture_path(folder: str | PathLike, index: int) -> Path:
    """Where the picture of a face is."""
    return Path(folder, 'images', f'{index // 1000:03d}', f'{index:06d}.png')


def is_whole(path: Path) -> bool:
    """Whether a PNG file is there, to its end."""
    try:
        with open(path, 'rb') as file:
            file.seek(-len(END), 2)
            return file.read() == END
    except OSError:  # none, or shorter than that
        return False


def recipe(seed: int, image_size: int, num_samples: int) -> dict[str, Any]:
    """What makes the pictures of a folder."""
    return {
        'renderer': VERSION,
        'seed': seed,
        'image_size': image_size,
        'num_samples': num_samples,
    }


def start(folder: str | PathLike, wanted: dict[str, Any]) -> None:
    """Begin a folder, or go on with one of the same recipe.

    Raises:
        ValueError: it has other pictures, or files that are no rendered faces.
    """
    path = Path(folder, RECIPE)
    if path.exists():
        _compare(folder, read_recipe(folder), wanted)
        return
    if Path(folder).exists() and any(Path(folder).iterdir()):
        raise ValueError(f'{folder} is not empty and has no {RECIPE}: give another folder')
    write_json(path, {**wanted, 'complete': False})


def finish(folder: str | PathLike, made: dict[str, Any]) -> None:
    """Say that every picture is there."""
    write_json(Path(folder, RECIPE), {**made, 'complete': True})


def check_folder_of(folder: str | PathLike, seed: int, image_size: int, num_samples: int) -> None:
    """Check that a folder has the pictures of a dataset.

    Raises:
        FileNotFoundError: it is no folder of rendered faces; the message says how to make one.
        ValueError: its pictures are not complete, fewer, or others.
    """
    found = read_recipe(folder)
    if not found.get('complete'):
        raise ValueError(f'{folder} is half-written: the same fifa_mm render-faces goes on')
    fewer = min(num_samples, found['num_samples'])
    _compare(folder, {**found, 'num_samples': fewer}, recipe(seed, image_size, num_samples))


def read_recipe(folder: str | PathLike) -> dict[str, Any]:
    """What a folder was rendered with.

    Raises:
        FileNotFoundError: there is no recipe.
        ValueError: it is no recipe.
    """
    path = Path(folder, RECIPE)
    if not path.exists():
        raise FileNotFoundError(f'no {path}: fifa_mm render-faces makes a folder of faces')
    found = read_json(path)
    if not isinstance(found, dict) or not recipe(0, 0, 0).keys() <= found.keys():
        raise ValueError(f'{path} must have {sorted(recipe(0, 0, 0))}, got {found!r:.80}')
    return found


def _compare(folder: str | PathLike, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    for key, value in wanted.items():
        if found[key] != value:
            raise ValueError(
                f'{folder} has {key} {found[key]}, wanted is {value}: give another folder'
            )
