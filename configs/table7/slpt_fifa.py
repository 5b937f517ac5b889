"""Table 7, SLPT + FiFA."""

_base_ = 'slpt.py'
_base_.train_dataloader.dataset.pipeline.insert(-2, dict(type='FiducialFocus', interval=2))
