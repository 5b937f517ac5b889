"""Table 7, FaRL with FiFA, two views and DCCA."""

_base_ = 'farl_fifa.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').views = 2
model = dict(type='SiamesePoseEstimator', view_ratio=None)  # the paper's own head: weight 1
