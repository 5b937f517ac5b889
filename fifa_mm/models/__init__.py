from fifa_mm.models.backbones import FAN, ADNet, PlainViT, ViTHourglass
from fifa_mm.models.heads import ADNetHead, FANHead, HeatmapCoordinateHead, SLPTHead, UPerHead
from fifa_mm.models.losses import (
    AnisotropicDirectionLoss,
    DCCALoss,
    LandmarkCCALoss,
    NMELoss,
    OutputCorrelationLoss,
    SpatialCCALoss,
    StructuredHeatmapLoss,
    build_view_loss,
    correlation,
    dcca,
)
from fifa_mm.models.necks import FeaturePyramid
from fifa_mm.models.siamese import SiamesePoseEstimator

__all__ = [
    'FAN',
    'ADNet',
    'ADNetHead',
    'AnisotropicDirectionLoss',
    'DCCALoss',
    'FANHead',
    'FeaturePyramid',
    'HeatmapCoordinateHead',
    'LandmarkCCALoss',
    'NMELoss',
    'OutputCorrelationLoss',
    'PlainViT',
    'SLPTHead',
    'SiamesePoseEstimator',
    'SpatialCCALoss',
    'StructuredHeatmapLoss',
    'UPerHead',
    'ViTHourglass',
    'build_view_loss',
    'correlation',
    'dcca',
]
