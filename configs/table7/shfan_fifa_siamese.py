"""Table 7, SH-FAN backbone with FiFA, two views and DCCA."""

_base_ = 'shfan_fifa.py'
_base_.train_dataloader.dataset.pipeline[6].views = 2
model = dict(type='SiamesePoseEstimator')
