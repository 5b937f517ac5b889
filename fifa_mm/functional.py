"""The mathematics, as pure functions. Those of features are PyTorch's, the others NumPy's."""

from typing import TYPE_CHECKING, Any

from fifa_mm.focus.painting import paint_patches
from fifa_mm.focus.schedule import patch_side

if TYPE_CHECKING:
    from fifa_mm.models.losses.correlation import correlation, dcca

__all__ = ['correlation', 'dcca', 'paint_patches', 'patch_side']


def __getattr__(name: str) -> Any:
    """Import PyTorch when one of its functions is asked for."""
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from fifa_mm.models.losses import correlation

    return getattr(correlation, name)
