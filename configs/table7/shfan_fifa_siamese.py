"""Table 7, SH-FAN backbone with FiFA, two views and DCCA."""

_base_ = 'shfan.py'
_base_.train_dataloader.dataset.pipeline.insert(6, dict(type='FiducialFocus', views=2))
model = dict(type='SiamesePoseEstimator')
