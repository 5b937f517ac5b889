"""Fiducial Focus Augmentation (FiFA, BMVC 2023) for MMPose.

Importing this package registers everything in ``__all__`` in MMPose's registries.
"""

from fifa_mm import compat

compat.apply()

from fifa_mm.epoch import EPOCH, EpochSampler, SharedEpoch, sample_generator  # noqa: E402
from fifa_mm.hooks import (  # noqa: E402
    ChannelsLastHook,
    PicturesHook,
    ProgressHook,
    RunReportHook,
)
from fifa_mm.metrics import FaceLandmarkMetric  # noqa: E402
from fifa_mm.transforms import (  # noqa: E402
    FiducialFocus,
    StandardAugment,
    paint_patches,
    patch_side,
)

__all__ = [
    'EPOCH',
    'ChannelsLastHook',
    'EpochSampler',
    'FaceLandmarkMetric',
    'FiducialFocus',
    'PicturesHook',
    'ProgressHook',
    'RunReportHook',
    'SharedEpoch',
    'StandardAugment',
    'paint_patches',
    'patch_side',
    'sample_generator',
]
