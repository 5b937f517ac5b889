from fifa_mm.datasets.synthetic import SyntheticFaces

__all__ = ['SyntheticFaces']
