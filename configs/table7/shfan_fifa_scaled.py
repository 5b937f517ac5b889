"""Table 7, SH-FAN backbone with FiFA, patches as large on the face as at the paper's 512 pixels."""

_base_ = 'shfan_fifa.py'
_base_.train_dataloader.dataset.pipeline[6].reference_size = 512
