"""Table 7, FaRL with FiFA."""

_base_ = 'farl.py'
_base_.train_dataloader.dataset.pipeline.insert(-2, dict(type='FiducialFocus'))
