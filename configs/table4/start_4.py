"""Table 4: patches start at 4 x 4. The interval is the longest that Alg. 1 allows, 4 epochs."""

_base_ = '../fifa_vit_cofw.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').update(patch_size=4, interval=4)
