"""The testbed with two views and the paper's Eq. 7."""

_base_ = 'resnet18_96_views.py'
model = dict(view_loss='DCCA')
