"""Table 5, row 4 without FiFA: RM + RO + RGr + RGm + RB."""

_base_ = 'rm_ro_rgr_rgm_rb_fifa.py'
_base_.train_dataloader.dataset.pipeline.pop(3)
