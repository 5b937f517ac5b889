from fifa_mm.codecs.edge_heatmap import EdgeHeatmap
from fifa_mm.codecs.gaussian_heatmap import GaussianHeatmap
from fifa_mm.codecs.unclipped_regression_label import UnclippedRegressionLabel

__all__ = ['EdgeHeatmap', 'GaussianHeatmap', 'UnclippedRegressionLabel']
