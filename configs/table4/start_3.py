"""Table 4: patches start at 3 x 3. The interval is the longest that Alg. 1 allows, 3 epochs."""

_base_ = '../fifa_vit_cofw.py'
_base_.train_dataloader.dataset.pipeline[3].update(patch_size=3, interval=3)
