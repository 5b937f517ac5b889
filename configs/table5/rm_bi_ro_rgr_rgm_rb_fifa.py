"""Table 5, row 5 with FiFA: RM + BI + RO + RGr + RGm + RB."""

_base_ = '../table3/components_fifa.py'
_base_.train_dataloader.dataset.pipeline[2].ops = ['RM', 'BI', 'RO', 'RGr', 'RGm', 'RB']
