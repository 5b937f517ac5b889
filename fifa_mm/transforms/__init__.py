"""Transforms of MMPose pipelines."""

from fifa_mm.transforms.fiducial_focus import FiducialFocus
from fifa_mm.transforms.painting import paint_patches, patch_side

__all__ = ['FiducialFocus', 'paint_patches', 'patch_side']
