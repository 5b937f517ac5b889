"""Table 5, row 2 without FiFA: RM + RO + RGr."""

_base_ = 'rm_ro_rgr_fifa.py'
_base_.train_dataloader.dataset.pipeline.pop(3)
