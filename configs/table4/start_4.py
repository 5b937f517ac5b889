"""Table 4: patches start at 4 x 4. The interval is the longest that Alg. 1 allows, 4 epochs."""

_base_ = '../fifa_vit_cofw.py'
_base_.train_dataloader.dataset.pipeline[3].update(patch_size=4, interval=4)
