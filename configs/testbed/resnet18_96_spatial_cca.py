"""The testbed with two views and canonical correlation within images."""

_base_ = 'resnet18_96_views.py'
model = dict(view_loss='SpatialCCA')
