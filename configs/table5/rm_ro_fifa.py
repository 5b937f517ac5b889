"""Table 5, row 1 with FiFA: RM + RO."""

_base_ = '../table3/components_fifa.py'
_base_.train_dataloader.dataset.pipeline[2].ops = ['RM', 'RO']
