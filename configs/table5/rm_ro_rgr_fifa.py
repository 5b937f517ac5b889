"""Table 5, row 2 with FiFA: RM + RO + RGr."""

_base_ = 'rm_ro_rgr.py'
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=5, interval=5, views=1)
)
