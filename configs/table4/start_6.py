"""Table 4: patches start at 6 x 6. The interval is the longest that Alg. 1 allows, 6 epochs."""

_base_ = '../fifa_vit_cofw.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').update(patch_size=6, interval=6)
