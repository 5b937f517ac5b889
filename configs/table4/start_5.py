"""Table 4: patches start at 5 x 5. The interval is the longest that Alg. 1 allows, 5 epochs."""

_base_ = '../fifa_vit_cofw.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').update(patch_size=5, interval=5)
