"""Table 5, row 2 with FiFA: RM + RO + RGr."""

_base_ = '../table3/components_fifa.py'
_base_.train_dataloader.dataset.pipeline[2].ops = ['RM', 'RO', 'RGr']
