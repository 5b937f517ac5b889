"""Table 7, SLPT + FiFA."""

_base_ = 'slpt.py'
_base_.train_dataloader.dataset.pipeline.insert(7, dict(type='FiducialFocus'))
