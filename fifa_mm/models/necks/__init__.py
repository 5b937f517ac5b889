from fifa_mm.models.necks.feature_pyramid import FeaturePyramid

__all__ = ['FeaturePyramid']
