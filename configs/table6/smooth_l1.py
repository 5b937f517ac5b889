"""Table 6: SmoothL1 as the loss between the views."""

_base_ = '../fifa_vit_cofw.py'
model = dict(view_loss='SmoothL1')
