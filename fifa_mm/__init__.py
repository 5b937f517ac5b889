"""Fiducial Focus Augmentation (FiFA, BMVC 2023) for MMPose.

Importing this package registers everything in ``__all__`` in MMPose's registries.
"""

from fifa_mm import compat

compat.apply()
