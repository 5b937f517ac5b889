"""The augmentation for albumentations, by the name that the README promises."""

from fifa_mm.toolkits.albumentations import FiducialFocus

__all__ = ['FiducialFocus']
