"""Datasets, and what makes them; ``prepare`` needs no MMPose."""
