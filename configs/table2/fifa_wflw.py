"""Table 2, WFLW: inter-ocular NME and FR at 10 % of the test set and its six subsets."""

_base_ = '../fifa_vit_wflw.py'

val_evaluator = test_evaluator = _base_.evaluator
