"""Table 3, row 3: and FiFA."""

_base_ = 'components_hourglass.py'
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=5, interval=5, views=1)
)
