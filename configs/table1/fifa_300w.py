"""Table 1, 300W: inter-ocular NME of the full, common and challenge sets, in one pass."""

_base_ = '../fifa_vit_300w.py'

val_evaluator = test_evaluator = _base_.evaluator
