"""Table 4: patches start at 3 x 3. The interval is the longest that Alg. 1 allows, 3 epochs."""

_base_ = '../fifa_vit_cofw.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').update(patch_size=3, interval=3)
