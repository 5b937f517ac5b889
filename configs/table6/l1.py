"""Table 6: L1 as the loss between the views."""

_base_ = '../fifa_vit_cofw.py'
model = dict(view_loss='L1')
