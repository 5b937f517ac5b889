"""Table 7, HRNet with FiFA."""

_base_ = 'hrnet.py'
_base_.train_dataloader.dataset.pipeline.insert(-2, dict(type='FiducialFocus', interval=1))
