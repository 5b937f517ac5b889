"""Table 4: patches start at 6 x 6. The interval is the longest that Alg. 1 allows, 6 epochs."""

_base_ = '../fifa_vit_cofw.py'
_base_.train_dataloader.dataset.pipeline[3].update(patch_size=6, interval=6)
