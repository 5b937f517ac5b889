"""Table 6: Wing as the loss between the views."""

_base_ = '../fifa_vit_cofw.py'
model = dict(view_loss='Wing')
