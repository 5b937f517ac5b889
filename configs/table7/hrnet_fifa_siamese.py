"""Table 7, HRNet with FiFA, two views and DCCA."""

_base_ = 'hrnet_fifa.py'
_base_.train_dataloader.dataset.pipeline[5].views = 2
model = dict(type='SiamesePoseEstimator')
