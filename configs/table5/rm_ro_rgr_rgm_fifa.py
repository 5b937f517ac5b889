"""Table 5, row 3 with FiFA: RM + RO + RGr + RGm."""

_base_ = '../table3/components_fifa.py'
_base_.train_dataloader.dataset.pipeline[2].ops = ['RM', 'RO', 'RGr', 'RGm']
