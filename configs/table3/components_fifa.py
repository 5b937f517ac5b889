"""Table 3, row 3: and FiFA."""

_base_ = 'components_siamese.py'
model = dict(type='TopdownPoseEstimator')
_base_.model.pop('view_ratio')
_base_.train_dataloader.dataset.pipeline[3].views = 1
