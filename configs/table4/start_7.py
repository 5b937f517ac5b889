"""Table 4: patches start at 7 x 7. The interval is the longest that Alg. 1 allows, 7 epochs."""

_base_ = '../fifa_vit_cofw.py'
_base_.train_dataloader.dataset.pipeline[3].update(patch_size=7, interval=7)
