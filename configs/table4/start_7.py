"""Table 4: patches start at 7 x 7. The interval is the longest that Alg. 1 allows, 7 epochs."""

_base_ = '../fifa_vit_cofw.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').update(patch_size=7, interval=7)
