"""Table 3, row 4, on 300-W faces: and two views with DCCA, the whole paper."""

_base_ = 'faces300w_vit_fifa.py'
from fifa_mm.config_edits import step

step(_base_, 'FiducialFocus').views = 2
model = dict(type='SiamesePoseEstimator', view_ratio=None)  # all losses of weight 1
