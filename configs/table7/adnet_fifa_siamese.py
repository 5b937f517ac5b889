"""Table 7, ADNet with FiFA and Siamese training."""

_base_ = 'adnet_fifa.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').views = 2
model = dict(type='SiamesePoseEstimator')
