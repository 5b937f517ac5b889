from fifa_mm.models.heads.adnet_head import ADNetHead
from fifa_mm.models.heads.fan_head import FANHead
from fifa_mm.models.heads.heatmap_coordinate_head import HeatmapCoordinateHead
from fifa_mm.models.heads.slpt_head import SLPTHead
from fifa_mm.models.heads.uper_head import UPerHead

__all__ = [
    'ADNetHead',
    'FANHead',
    'HeatmapCoordinateHead',
    'SLPTHead',
    'UPerHead',
]
