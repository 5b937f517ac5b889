"""What MMPose 1.3.2 needs on today's PyTorch and NumPy.

``apply()`` runs once, when ``fifa_mm`` is imported, before anything of MMPose is. Each shim is one
function: it returns ``None`` where the real thing works and a sentence where it had to act. A
placeholder stands in for a package that MMPose imports and face landmarks never use; it raises an
``ImportError`` that names the package when it is called.

Nothing else in this package works around a dependency.
"""

import importlib
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

Shim = Callable[[], str | None]
SHIMS: dict[str, Shim] = {}
ACTIVE: dict[str, str] = {}


def shim(function: Shim) -> Shim:
    SHIMS[function.__name__] = function
    return function


def apply() -> dict[str, str]:
    """Run every shim. Returns the active ones as ``{name: what was done}``; safe to call twice."""
    for name, function in SHIMS.items():
        if name not in ACTIVE and (done := function()):
            ACTIVE[name] = done
    return dict(ACTIVE)


def import_error(module: str) -> Exception | None:
    """Import ``module``; return what it raised, or ``None`` if it works.

    Any exception counts: a wheel built for another NumPy raises ``ValueError``, a library built for
    another PyTorch ``RuntimeError`` or ``OSError``.
    """
    try:
        importlib.import_module(module)
    except Exception as error:
        return error
    return None


def placeholder(name: str, package: str, reason: str) -> type:
    """A class that can be imported, subclassed and named in annotations, and raises when called."""

    def refuse(cls: type, *args: Any, **kwargs: Any) -> None:
        raise ImportError(
            f'{name} needs the package {package!r}, which does not work here: {reason}'
        )

    return type(name, (), {'__new__': refuse, '__module__': __name__})


def install_placeholder_module(module: str, package: str, reason: str) -> None:
    """Put a module into ``sys.modules`` every public attribute of which is a placeholder."""
    for loaded in [m for m in sys.modules if m == module or m.startswith(module + '.')]:
        del sys.modules[loaded]
    stand_in = ModuleType(module, f'Placeholder: {package} does not work here.')

    def get(name: str) -> type:
        if name.startswith('__'):
            raise AttributeError(name)
        cls = placeholder(f'{module}.{name}', package, reason)
        setattr(stand_in, name, cls)
        return cls

    vars(stand_in)['__getattr__'] = get
    sys.modules[module] = stand_in


def describe(error: Exception) -> str:
    """First line of an exception with its type."""
    lines = str(error).splitlines() or ['']
    return f'{type(error).__name__}: {lines[0]}'


@shim
def albumentations_update_check() -> str | None:
    """albumentations asks PyPI for a newer version whenever a process imports it.

    Upstream: ``albumentations/check_version.py``; dataloader workers are such processes too, and
    the newer versions have another licence. Retired with the pin on albumentations 2.0.
    """
    if 'albumentations' in sys.modules or 'NO_ALBUMENTATIONS_UPDATE' in os.environ:
        return None
    os.environ['NO_ALBUMENTATIONS_UPDATE'] = '1'
    return 'albumentations does not look for updates'


HARMLESS = (
    'pkg_resources is deprecated as an API',  # mmengine/utils/package_utils.py
    'Fail to import ``MultiScaleDeformableAttention``',  # mmcv/cnn/bricks/transformer.py
    'faster_coco_eval is not installed',  # mmdet/evaluation/metrics/faster_coco_metric.py
    'The metainfo config file ".*" does not exist. A matched',  # mmpose/datasets/datasets/utils.py
    'Use the existing "bbox_center"',  # mmpose/datasets/transforms/common_transforms.py
)


@shim
def harmless_warnings() -> str:
    """MMEngine, mmcv, mmdet and MMPose warn, in every process, of what every face config does.

    Upstream: the first three at import, of what MMEngine uses and of parts that faces do not use;
    then of a file that MMPose finds in itself, and of boxes that its own face datasets give.
    Retired when they do not.
    """
    for text in HARMLESS:
        warnings.filterwarnings('ignore', text, UserWarning)
    return 'warnings about what every face config does are not shown'


# The parts of mmcv.ops that mmdet imports by name.
MMCV_OPS = ('carafe', 'deform_conv', 'merge_cells', 'modulated_deform_conv', 'nms', 'roi_align')


@shim
def mmcv_ops() -> str | None:
    """``mmpose.models`` imports ``mmcv.ops.MultiScaleDeformableAttention`` for the EDPose head.

    Upstream: ``mmpose/models/heads/transformer_heads/edpose_head.py`` imports it unguarded, and
    mmcv-lite and wheels without compiled operators lack it (mmpose#3250).
    Retired when that import is guarded, or mmcv ships wheels with operators for current PyTorch.
    """
    if (error := import_error('mmcv.ops')) is None:
        return None
    for module in ('mmcv.ops', *(f'mmcv.ops.{part}' for part in MMCV_OPS)):
        install_placeholder_module(module, 'mmcv with compiled operators', describe(error))
    return 'mmcv.ops is a placeholder (no compiled operators)'


@shim
def mmdet_utils() -> str | None:
    """``mmpose.models`` imports ``mmdet.utils`` for the RTMO head.

    Upstream: ``mmpose/models/heads/hybrid_heads/rtmo_head.py`` imports it unguarded, although
    mmdet is an optional requirement. Retired when that import is guarded.
    """
    if (error := import_error('mmdet.utils')) is None:
        return None
    install_placeholder_module('mmdet.utils', 'mmdet', describe(error))
    return 'mmdet.utils is a placeholder'


@shim
def mmdet_onedl() -> str | None:
    """``mmdet.datasets`` prints 'Could not import OneDL' where the package onedl is missing.

    Upstream: onedl-mmdetection 3.5.1, ``datasets/__init__.py`` and ``datasets/transforms/
    __init__.py``, print it without a logger, although it is meant for debugging. Retired when they
    log it.
    """
    if 'mmdet_utils' in ACTIVE:
        return None
    (folder,) = importlib.import_module('mmdet').__path__
    if not (Path(folder) / 'datasets' / 'onedl.py').exists():
        return None
    if (error := import_error('onedl.core')) is None:
        return None
    for module in ('mmdet.datasets.onedl', 'mmdet.datasets.transforms.loading_onedl'):
        install_placeholder_module(module, 'onedl', describe(error))
    return 'datasets of onedl in mmdet are placeholders'


@shim
def torchvision_transforms() -> str | None:
    """``mmpose.visualization`` imports ``torchvision.transforms.ToPILImage`` for SimCC pictures.

    Upstream: ``mmpose/visualization/simcc_vis.py`` imports it unguarded; a torchvision of another
    build than torch fails with ``operator torchvision::nms does not exist``.
    Retired when that import is guarded.
    """
    if (error := import_error('torchvision.transforms')) is None:
        return None
    install_placeholder_module('torchvision.transforms', 'torchvision', describe(error))
    return 'torchvision.transforms is a placeholder'


@shim
def xtcocotools() -> str | None:
    """``mmpose.datasets`` reads annotations with xtcocotools, whose wheels need NumPy 1.

    Upstream: xtcocotools 1.14.3 has no wheel for NumPy 2 or Python 3.12 (xtcocoapi#45). pycocotools
    has the same ``COCO`` and ``mask``; the extended ``COCOeval`` (body and whole-body metrics) it
    lacks. Retired when xtcocotools has such wheels, or MMPose drops it.
    """
    if (error := import_error('xtcocotools.coco')) is None:
        return None
    if import_error('pycocotools.coco') is not None:
        return None
    for name in [m for m in sys.modules if m.partition('.')[0] == 'xtcocotools']:
        del sys.modules[name]
    sys.modules['xtcocotools'] = importlib.import_module('pycocotools')
    for part in ('coco', 'mask'):
        sys.modules[f'xtcocotools.{part}'] = importlib.import_module(f'pycocotools.{part}')
    install_placeholder_module('xtcocotools.cocoeval', 'xtcocotools', describe(error))
    return 'pycocotools answers for xtcocotools'


@shim
def albumentations() -> str | None:
    """``StandardAugment`` builds on albumentations, an optional package here as in MMPose.

    Upstream: albumentations 2.0 requires opencv-python-headless, whose newest version requires
    NumPy 2, so that installing it can change a working MMPose environment. Retired when that can
    be installed beside opencv-python and NumPy 1.
    """
    if (error := import_error('albumentations')) is None:
        return None
    install_placeholder_module('albumentations', 'albumentations>=2.0.8,<2.1', describe(error))
    return 'albumentations is a placeholder'


@shim
def albumentations_transforms() -> str | None:
    """MMPose's ``Albumentation`` looks into ``albumentations.augmentations.transforms``.

    Upstream: ``mmpose/datasets/transforms/common_transforms.py`` reads that module to warn about
    transforms that move pixels; albumentations renamed it in 2.0.7. Every RTMPose config uses the
    wrapper. Retired when MMPose follows. (The arguments these configs pass to ``CoarseDropout``
    were renamed too; albumentations 2 warns that it ignores them.)
    """
    if 'albumentations' in ACTIVE:
        return None
    augmentations = importlib.import_module('albumentations.augmentations')
    if hasattr(augmentations, 'transforms'):
        return None
    transforms = importlib.import_module(f'{augmentations.__name__}.pixel.transforms')
    augmentations.transforms = transforms  # type: ignore[attr-defined]
    return 'albumentations.augmentations.transforms is the module pixel.transforms'


@shim
def torch_load() -> str | None:
    """Checkpoints are read without executing code, on both stacks.

    Upstream: MMEngine 0.10.7 cannot load its own checkpoints on PyTorch 2.6 or newer
    (mmengine#1655); the maintained fork admits ``getattr``, which is enough to execute code, and
    where that does not do loads the file by ``pickle``; both load addresses by ``pickle``, and
    execute the text ``config`` of a checkpoint from MMCV's times when it is resumed. Here
    ``torch.load``, where it is left the choice, and MMEngine's loaders call
    :mod:`fifa_mm.safe_load`. Retired when a release of MMEngine writes plain data and loads nothing
    else.
    """
    import mmengine.runner.checkpoint
    import torch

    if not hasattr(torch.serialization, 'get_unsafe_globals_in_checkpoint'):
        return None  # PyTorch 2.5 and older
    from fifa_mm import safe_load

    torch.load = safe_load.torch_load_by_default
    mmengine.runner.checkpoint.load_url = safe_load.load_url
    mmengine.runner.checkpoint._safe_torch_load = safe_load.load_checkpoint
    return 'torch.load and MMEngine execute no code in checkpoints'


@shim
def face_datasets() -> str:
    """MMPose's datasets take any number of landmarks, NaN too, and their errors name no face.

    Upstream: ``BaseCocoStyleDataset`` checks neither, and leaves faces out without a word. They are
    checked when they are read and named when the pipeline fails, see
    ``fifa_mm/datasets/named_errors.py``. Retired when MMPose does so.
    """
    from mmpose.datasets.datasets.base import BaseCocoStyleDataset

    from fifa_mm.datasets.named_errors import install

    install(BaseCocoStyleDataset)
    return 'datasets check faces and name them in errors'


@shim
def whole_files() -> str:
    """MMEngine writes files in place, and goes on from half a checkpoint.

    Upstream: ``mmengine/fileio/backends/local_backend.py`` truncates the file that was there, so
    that a kill or a full disk while it writes loses both; ``find_latest_checkpoint`` names the last
    one whatever became of it. Here a file takes the old one's place when it is whole, and a run is
    resumed from the newest one that can be read. Retired when MMEngine does both.
    """
    import mmengine.runner.runner
    from mmengine.fileio import LocalBackend

    from fifa_mm.files import written_whole
    from fifa_mm.resume import newest_checkpoint

    def put(self: LocalBackend, obj: bytes, filepath: str | os.PathLike) -> None:
        # Waiting for the disk at every picture would take long.
        with written_whole(filepath, sync=str(filepath).endswith('.pth')) as file:
            file.write(obj)

    def put_text(
        self: LocalBackend, obj: str, filepath: str | os.PathLike, encoding: str = 'utf-8'
    ) -> None:
        put(self, obj.encode(encoding), filepath)

    LocalBackend.put, LocalBackend.put_text = put, put_text
    mmengine.runner.runner.find_latest_checkpoint = newest_checkpoint
    return 'MMEngine writes files whole, and resumes from the newest readable checkpoint'


@shim
def workers() -> str:
    """Dataloader workers outlive a trainer that was killed.

    Upstream: PyTorch's ``utils/data/_utils/worker.py`` leaves its loop when the parent is gone, and
    then waits for the data it has sent to be read. Workers get a thread that ends them, by the
    function that MMEngine initialises them with where a config names no other. Retired when PyTorch
    cancels that wait.
    """
    import mmengine.runner.runner

    from fifa_mm.workers import worker_init_fn

    mmengine.runner.runner.default_worker_init_fn = worker_init_fn
    return 'dataloader workers end with their parent'
