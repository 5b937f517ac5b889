from fifa_mm.models.losses.anisotropic_direction_loss import AnisotropicDirectionLoss
from fifa_mm.models.losses.correlation import correlation, dcca
from fifa_mm.models.losses.dcca_loss import DCCALoss
from fifa_mm.models.losses.nme_loss import NMELoss
from fifa_mm.models.losses.view_loss import VIEW_LOSSES, build_view_loss

__all__ = [
    'VIEW_LOSSES',
    'AnisotropicDirectionLoss',
    'DCCALoss',
    'NMELoss',
    'build_view_loss',
    'correlation',
    'dcca',
]
