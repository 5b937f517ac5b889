"""Table 3, row 2: and the anti-aliased hourglasses."""

_base_ = 'components_fifa.py'
_base_.train_dataloader.dataset.pipeline.pop(3)
