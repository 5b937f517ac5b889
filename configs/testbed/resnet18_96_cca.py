"""The testbed with two views and canonical correlation."""

_base_ = 'resnet18_96_views.py'
model = dict(view_loss=dict(type='DCCA', mode='cca'))
