"""Table 7, ADNet with FiFA."""

_base_ = 'adnet.py'
_base_.train_dataloader.dataset.pipeline.insert(-2, dict(type='FiducialFocus'))
