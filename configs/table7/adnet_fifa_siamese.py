"""Table 7, ADNet with FiFA and Siamese training."""

_base_ = 'adnet.py'
_base_.train_dataloader.dataset.pipeline.insert(6, dict(type='FiducialFocus', views=2))
model = dict(type='SiamesePoseEstimator')
