"""Table 7, SH-FAN backbone with FiFA, two views and DCCA."""

_base_ = 'shfan_fifa.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').views = 2
model = dict(type='SiamesePoseEstimator')
