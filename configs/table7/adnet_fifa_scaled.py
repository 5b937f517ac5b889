"""Table 7, ADNet with FiFA, its patches as large on the face as at the paper's 512 pixels."""

_base_ = 'adnet_fifa.py'
_base_.train_dataloader.dataset.pipeline[6].reference_size = 512
