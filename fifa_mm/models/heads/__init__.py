from fifa_mm.models.heads.heatmap_coordinate_head import HeatmapCoordinateHead
from fifa_mm.models.heads.slpt_head import SLPTHead

__all__ = [
    'HeatmapCoordinateHead',
    'SLPTHead',
]
