"""Table 1, AFLW: NME by the diagonal (full, frontal), and NME and AUC at 7 % by the box."""

_base_ = '../fifa_vit_aflw.py'

val_evaluator = test_evaluator = _base_.evaluator
