"""Table 7, HRNet with FiFA, its patches as large on the face as at the paper's 512 pixels."""

_base_ = 'hrnet_fifa.py'
_base_.train_dataloader.dataset.pipeline[5].reference_size = 512
