"""The testbed with two draws of the geometry, and no loss between them."""

_base_ = 'resnet18_96_landmark_cca.py'
model = dict(view_loss=None)
