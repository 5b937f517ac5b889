"""Table 7, SLPT + FiFA + two views with DCCA."""

_base_ = 'slpt_fifa.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').views = 2
model = dict(type='SiamesePoseEstimator')
