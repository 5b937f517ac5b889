"""The testbed with two views and canonical correlation."""

_base_ = 'resnet18_96_views.py'
model = dict(view_loss=dict(_delete_=True, type='DCCA', mode='cca'))
