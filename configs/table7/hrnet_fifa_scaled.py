"""Table 7, HRNet with FiFA, its patches as large on the face as at the paper's 512 pixels."""

_base_ = 'hrnet_fifa.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').reference_size = 512
