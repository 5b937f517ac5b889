"""Fiducial Focus Augmentation (FiFA, BMVC 2023) for MMPose.

Where MMPose is installed, importing this package registers what :mod:`fifa_mm.registered` lists;
where it is not, :mod:`fifa_mm.functional`, :func:`set_epoch` and the toolkits work.
"""

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fifa_mm import compat

if TYPE_CHECKING:
    from fifa_mm import functional
    from fifa_mm.focus.epoch import set_epoch
    from fifa_mm.predict.landmarker import Landmarker

__version__ = '0.1.0'
# Imported when asked for, so that each needs its own packages alone. The others are registered.
_MODULES = {
    'Landmarker': 'fifa_mm.predict.landmarker',
    'functional': 'fifa_mm.functional',
    'set_epoch': 'fifa_mm.focus.epoch',
}
__all__ = ['Landmarker', 'functional', 'set_epoch']

if find_spec('mmpose'):
    try:
        compat.apply()
        from fifa_mm import registered
        from fifa_mm.registered import *  # noqa: F403
    except Exception as error:  # it is installed, and broken
        raise ImportError(f'{error}\n`fifa_mm doctor` says how to mend it') from error
    __all__ += registered.__all__


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    module = importlib.import_module(_MODULES[name])
    return module if name == 'functional' else getattr(module, name)
