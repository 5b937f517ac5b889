"""Table 5, row 1 without FiFA: RM + RO."""

_base_ = 'rm_ro_fifa.py'
_base_.train_dataloader.dataset.pipeline.pop(3)
