from fifa_mm.codecs.edge_heatmap import EdgeHeatmap
from fifa_mm.codecs.gaussian_heatmap import GaussianHeatmap

__all__ = ['EdgeHeatmap', 'GaussianHeatmap']
