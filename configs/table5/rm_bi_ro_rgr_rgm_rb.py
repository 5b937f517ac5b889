"""Table 5, row 5 without FiFA: RM + BI + RO + RGr + RGm + RB."""

_base_ = 'rm_bi_ro_rgr_rgm_rb_fifa.py'
_base_.train_dataloader.dataset.pipeline.pop(3)
