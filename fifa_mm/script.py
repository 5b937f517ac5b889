"""Executes a script as ``__main__``, in spawned worker processes too, with fifa_mm imported first.

Where the main module is this one, ``multiprocessing`` imports it as ``__mp_main__`` in a spawned
worker, and with it the package and its compatibility layer; the script's own definitions follow.
"""

import importlib.util
import os
import runpy
import sys
from pathlib import Path

SCRIPT = 'FIFA_MM_SCRIPT'


def run(path: str) -> None:
    """Execute the script at ``path`` as Python itself would start it; ``sys.argv`` is its own."""
    os.environ[SCRIPT] = str(Path(path).resolve())
    main = sys.modules['__main__'].__dict__
    main.update(__file__=path, __spec__=importlib.util.find_spec(__name__), __doc__=None)
    sys.path[0] = str(Path(path).resolve().parent)
    exec(compile(Path(path).read_bytes(), path, 'exec'), main)


if __name__ == '__mp_main__':
    definitions = runpy.run_path(os.environ[SCRIPT], run_name=__name__)
    globals().update({k: v for k, v in definitions.items() if not k.startswith('__')})
