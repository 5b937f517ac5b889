"""The testbed with FiFA in two views, and no loss between them."""

_base_ = 'resnet18_96_fifa.py'
_base_.train_dataloader.dataset.pipeline[5].views = 2
model = dict(type='SiamesePoseEstimator', view_loss=None)
