"""Table 7, SLPT + FiFA + two views with DCCA."""

_base_ = 'slpt.py'
_base_.train_dataloader.dataset.pipeline.insert(7, dict(type='FiducialFocus', views=2))
model = dict(type='SiamesePoseEstimator')
