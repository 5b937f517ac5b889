"""Table 5, row 1 with FiFA: RM + RO."""

_base_ = 'rm_ro.py'
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=5, interval=5, views=1)
)
