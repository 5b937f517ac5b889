"""Table 7, ADNet with FiFA and Siamese training."""

_base_ = 'adnet_fifa.py'
_base_.train_dataloader.dataset.pipeline[6].views = 2
model = dict(type='SiamesePoseEstimator')
