"""Table 7, FaRL with FiFA, two views and DCCA."""

_base_ = 'farl_fifa.py'
_base_.train_dataloader.dataset.pipeline[3].views = 2
model = dict(type='SiamesePoseEstimator', view_ratio=None)  # the paper's own head: weight 1
