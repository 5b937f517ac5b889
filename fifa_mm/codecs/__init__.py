from fifa_mm.codecs.gaussian_heatmap import GaussianHeatmap

__all__ = ['GaussianHeatmap']
