"""Transforms of MMPose pipelines."""
