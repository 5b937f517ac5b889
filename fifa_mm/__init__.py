"""Fiducial Focus Augmentation (FiFA, BMVC 2023) for MMPose.

Importing this package registers everything in ``__all__`` in MMPose's registries.
"""

from fifa_mm import compat

compat.apply()

from fifa_mm.epoch import EPOCH, EpochSampler, SharedEpoch, sample_generator  # noqa: E402
from fifa_mm.metrics import FaceLandmarkMetric  # noqa: E402
from fifa_mm.transforms import FiducialFocus, paint_patches, patch_side  # noqa: E402

__all__ = [
    'EPOCH',
    'EpochSampler',
    'FaceLandmarkMetric',
    'FiducialFocus',
    'SharedEpoch',
    'paint_patches',
    'patch_side',
    'sample_generator',
]
