"""Finds the configs and tools that come with the package, in a clone and in an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path:
    """``configs``, ``tools`` or ``model-index.yml``, wherever this installation has them.

    A wheel has them in ``fifa_mm/.mim``, where OpenMMLab's tools look; a clone beside ``fifa_mm``.

    Raises:
        FileNotFoundError: it has none.
    """
    folders = (PACKAGE / '.mim', PACKAGE.parent)
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f'this installation has no {name} in {" or ".join(map(str, folders))}')


def find_config(name: str | Path) -> Path:
    """A config by its path, by its path in the shipped configs, or by its file name.

    Args:
        name: For instance ``my/config.py``, ``configs/table7/hrnet.py``, ``table7/hrnet.py``,
            ``hrnet.py`` or ``hrnet``. A file of that path comes first.

    Raises:
        FileNotFoundError: there is none.
    """
    path = Path(name)
    if path.is_file():
        return path
    configs = shipped('configs')
    parts = path.parts[1:] if path.parts[:1] == ('configs',) else path.parts
    inside = Path(*parts)
    inside = inside if inside.suffix == '.py' else inside.with_name(f'{inside.name}.py')
    if (configs / inside).is_file():
        return configs / inside
    for found in configs.rglob(inside.name):
        if len(inside.parts) == 1 and '_base_' not in found.parts:
            return found
    raise FileNotFoundError(f'no config at {name}, and none of that name in {configs}')
