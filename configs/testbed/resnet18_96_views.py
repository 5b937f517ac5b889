"""The testbed with FiFA in two views, and no loss between them."""

_base_ = 'resnet18_96_fifa.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').views = 2
model = dict(type='SiamesePoseEstimator', view_loss=None)
