"""Transforms of MMPose pipelines."""

from fifa_mm.transforms.evaluation_box import DetectorBox, JitterBox, with_box
from fifa_mm.transforms.fiducial_focus import FiducialFocus
from fifa_mm.transforms.independent_views import IndependentViews
from fifa_mm.transforms.landmark_box import LandmarkBox
from fifa_mm.transforms.painting import paint_patches, patch_side
from fifa_mm.transforms.seeded_albumentation import SeededAlbumentation
from fifa_mm.transforms.standard import StandardAugment

__all__ = [
    'DetectorBox',
    'FiducialFocus',
    'IndependentViews',
    'JitterBox',
    'LandmarkBox',
    'SeededAlbumentation',
    'StandardAugment',
    'paint_patches',
    'patch_side',
    'with_box',
]
