"""Table 4: patches start at 5 x 5. The interval is the longest that Alg. 1 allows, 5 epochs."""

_base_ = '../fifa_vit_cofw.py'
_base_.train_dataloader.dataset.pipeline[3].update(patch_size=5, interval=5)
