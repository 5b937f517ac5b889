"""The testbed with the adaptive wing loss."""

_base_ = 'resnet18_96.py'
model = dict(head=dict(loss=dict(type='AdaptiveWingLoss', use_target_weight=True)))
