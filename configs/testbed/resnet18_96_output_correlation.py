"""The testbed with two views and the correlation of their heatmaps."""

_base_ = 'resnet18_96_views.py'
model = dict(view_loss=dict(_delete_=True, type='OutputCorrelation', sigmoid=False))
