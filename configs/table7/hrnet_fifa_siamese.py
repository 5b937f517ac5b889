"""Table 7, HRNet with FiFA, two views and DCCA."""

_base_ = 'hrnet.py'
_base_.train_dataloader.dataset.pipeline.insert(5, dict(type='FiducialFocus', views=2))
model = dict(type='SiamesePoseEstimator')
