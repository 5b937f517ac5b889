"""Table 5, row 6 without FiFA: RM + BI + RO + NF + RGr + RGm + RB."""

_base_ = 'rm_bi_ro_nf_rgr_rgm_rb_fifa.py'
_base_.train_dataloader.dataset.pipeline.pop(3)
