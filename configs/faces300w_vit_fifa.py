"""Table 3, row 3, on 300-W faces: one view, with FiFA."""

_base_ = 'faces300w_vit_siamese.py'
model = dict(type='TopdownPoseEstimator')
_base_.model.pop('view_ratio')
_base_.train_dataloader.dataset.pipeline[3].views = 1
