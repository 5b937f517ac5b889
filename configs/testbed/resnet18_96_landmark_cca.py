"""The testbed with two draws of the geometry and canonical correlation at the landmarks."""

_base_ = 'resnet18_96_fifa.py'
from fifa_mm.config_edits import step

pipeline = _base_.train_dataloader.dataset.pipeline
step(_base_, 'PackPoseInputs').pack_transformed = True
first = pipeline.index(step(_base_, 'RandomBBoxTransform'))
views = dict(type='IndependentViews', transforms=pipeline[first:])
train_dataloader = dict(dataset=dict(pipeline=[*pipeline[:first], views]))
model = dict(type='SiamesePoseEstimator', view_loss='LandmarkCCA')
