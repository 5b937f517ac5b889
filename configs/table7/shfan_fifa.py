"""Table 7, SH-FAN backbone with FiFA."""

_base_ = 'shfan.py'
_base_.train_dataloader.dataset.pipeline.insert(-2, dict(type='FiducialFocus', interval=4))
