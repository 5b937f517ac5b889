# The paper's recipe at 512 x 512, without a dataset: patches and two views.
_base_ = ['vit_512.py']
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=5, interval=5, views=2)
)
model = dict(type='SiamesePoseEstimator', view_ratio=None)  # all losses of weight 1
