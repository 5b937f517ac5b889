from fifa_mm.models.heads.heatmap_coordinate_head import HeatmapCoordinateHead

__all__ = ['HeatmapCoordinateHead']
