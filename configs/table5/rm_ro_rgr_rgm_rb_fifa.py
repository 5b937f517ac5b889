"""Table 5, row 4 with FiFA: RM + RO + RGr + RGm + RB."""

_base_ = '../table3/components_fifa.py'
_base_.train_dataloader.dataset.pipeline[2].ops = ['RM', 'RO', 'RGr', 'RGm', 'RB']
