"""The testbed with two views and the correlation of their heatmaps."""

_base_ = 'resnet18_96_views.py'
model = dict(view_loss=dict(type='OutputCorrelation', sigmoid=False))
