"""Table 5, row 6 with FiFA: RM + BI + RO + NF + RGr + RGm + RB."""

_base_ = 'rm_bi_ro_nf_rgr_rgm_rb.py'
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=5, interval=5, views=1)
)
