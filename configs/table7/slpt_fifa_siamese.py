"""Table 7, SLPT + FiFA + two views with DCCA."""

_base_ = 'slpt_fifa.py'
_base_.train_dataloader.dataset.pipeline[8].views = 2
model = dict(type='SiamesePoseEstimator')
