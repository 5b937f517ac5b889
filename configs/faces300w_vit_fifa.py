"""Table 3, row 3, on 300-W faces: and FiFA, in the first five epochs."""

_base_ = 'faces300w_vit_hourglass.py'
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=5, interval=1, views=1)
)
