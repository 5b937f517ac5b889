"""Table 5, row 4 with FiFA: RM + RO + RGr + RGm + RB."""

_base_ = 'rm_ro_rgr_rgm_rb.py'
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=5, interval=5, views=1)
)
