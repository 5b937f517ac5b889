from fifa_mm.models.losses.anisotropic_direction_loss import AnisotropicDirectionLoss
from fifa_mm.models.losses.correlation import correlation, dcca
from fifa_mm.models.losses.dcca_loss import DCCALoss
from fifa_mm.models.losses.landmark_cca_loss import LandmarkCCALoss
from fifa_mm.models.losses.nme_loss import NMELoss
from fifa_mm.models.losses.output_correlation_loss import OutputCorrelationLoss
from fifa_mm.models.losses.spatial_cca_loss import SpatialCCALoss
from fifa_mm.models.losses.structured_heatmap_loss import StructuredHeatmapLoss
from fifa_mm.models.losses.view_loss import VIEW_LOSSES, build_view_loss

__all__ = [
    'VIEW_LOSSES',
    'AnisotropicDirectionLoss',
    'DCCALoss',
    'LandmarkCCALoss',
    'NMELoss',
    'OutputCorrelationLoss',
    'SpatialCCALoss',
    'StructuredHeatmapLoss',
    'build_view_loss',
    'correlation',
    'dcca',
]
