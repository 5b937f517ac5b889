"""Table 6: L2 as the loss between the views."""

_base_ = '../fifa_vit_cofw.py'
model = dict(view_loss='L2')
