"""Table 5, row 5 with FiFA: RM + BI + RO + RGr + RGm + RB."""

_base_ = 'rm_bi_ro_rgr_rgm_rb.py'
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=5, interval=5, views=1)
)
