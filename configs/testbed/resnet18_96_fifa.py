"""The testbed with FiFA in a fifth of its epochs."""

_base_ = 'resnet18_96.py'
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=2, interval=1)
)
