"""Table 7, SLPT with FiFA, its patches as large on the face as at the paper's 512 pixels."""

_base_ = 'slpt_fifa.py'
_base_.train_dataloader.dataset.pipeline[8].reference_size = 512
