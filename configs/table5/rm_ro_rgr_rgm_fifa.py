"""Table 5, row 3 with FiFA: RM + RO + RGr + RGm."""

_base_ = 'rm_ro_rgr_rgm.py'
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=5, interval=5, views=1)
)
