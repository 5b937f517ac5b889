"""Table 3, row 2, on 300-W faces: ViT with anti-aliased hourglasses."""

_base_ = 'faces300w_vit_fifa.py'
_base_.train_dataloader.dataset.pipeline.pop(3)
