"""The metric, and its mathematics, which needs no MMPose."""
