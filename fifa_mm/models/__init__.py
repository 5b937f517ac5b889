from fifa_mm.models.backbones import PlainViT, ViTHourglass
from fifa_mm.models.heads import HeatmapCoordinateHead, SLPTHead
from fifa_mm.models.losses import DCCALoss, NMELoss, build_view_loss, correlation, dcca
from fifa_mm.models.siamese import SiamesePoseEstimator

__all__ = [
    'DCCALoss',
    'HeatmapCoordinateHead',
    'NMELoss',
    'PlainViT',
    'SLPTHead',
    'SiamesePoseEstimator',
    'ViTHourglass',
    'build_view_loss',
    'correlation',
    'dcca',
]
