"""Table 5, row 3 without FiFA: RM + RO + RGr + RGm."""

_base_ = 'rm_ro_rgr_rgm_fifa.py'
_base_.train_dataloader.dataset.pipeline.pop(3)
