"""Fiducial Focus Augmentation (FiFA, BMVC 2023) for MMPose.

Importing this package registers everything in ``__all__`` in MMPose's registries, where MMPose can
be imported.
"""

from fifa_mm import compat

__version__ = '0.1.0'

try:
    import mmpose  # noqa: F401

    compat.apply()
    from fifa_mm.codecs import EdgeHeatmap, GaussianHeatmap, UnclippedRegressionLabel
    from fifa_mm.datasets.synthetic import SyntheticFaces
    from fifa_mm.epoch import EPOCH, EpochSampler, SharedEpoch, sample_generator
    from fifa_mm.hooks import ChannelsLastHook, PicturesHook, ProgressHook, RunReportHook
    from fifa_mm.metrics.landmark_metric import FaceLandmarkMetric
    from fifa_mm.models import (
        FAN,
        ADNet,
        ADNetHead,
        AnisotropicDirectionLoss,
        DCCALoss,
        FANHead,
        FeaturePyramid,
        HeatmapCoordinateHead,
        LandmarkCCALoss,
        NMELoss,
        OutputCorrelationLoss,
        PlainViT,
        SiamesePoseEstimator,
        SLPTHead,
        SpatialCCALoss,
        StructuredHeatmapLoss,
        UPerHead,
        ViTHourglass,
        build_view_loss,
        correlation,
        dcca,
    )
    from fifa_mm.optim_wrappers import CPUAmpOptimWrapper
    from fifa_mm.predict.landmarker import Landmarker
    from fifa_mm.transforms import (
        DetectorBox,
        FiducialFocus,
        IndependentViews,
        JitterBox,
        LandmarkBox,
        StandardAugment,
        paint_patches,
        patch_side,
        with_box,
    )
except Exception as error:
    if not (isinstance(error, ModuleNotFoundError) and error.name == 'mmpose'):
        raise ImportError(f'{error}\n`fifa_mm doctor` says how to mend it') from error

__all__ = [
    'EPOCH',
    'FAN',
    'ADNet',
    'ADNetHead',
    'AnisotropicDirectionLoss',
    'CPUAmpOptimWrapper',
    'ChannelsLastHook',
    'DCCALoss',
    'DetectorBox',
    'EdgeHeatmap',
    'EpochSampler',
    'FANHead',
    'FaceLandmarkMetric',
    'FeaturePyramid',
    'FiducialFocus',
    'GaussianHeatmap',
    'HeatmapCoordinateHead',
    'IndependentViews',
    'JitterBox',
    'LandmarkBox',
    'LandmarkCCALoss',
    'Landmarker',
    'NMELoss',
    'OutputCorrelationLoss',
    'PicturesHook',
    'PlainViT',
    'ProgressHook',
    'RunReportHook',
    'SLPTHead',
    'SharedEpoch',
    'SiamesePoseEstimator',
    'SpatialCCALoss',
    'StandardAugment',
    'StructuredHeatmapLoss',
    'SyntheticFaces',
    'UPerHead',
    'UnclippedRegressionLabel',
    'ViTHourglass',
    'build_view_loss',
    'correlation',
    'dcca',
    'paint_patches',
    'patch_side',
    'sample_generator',
    'with_box',
]
