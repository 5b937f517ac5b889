"""Table 1, 300W: inter-ocular NME of the full, common and challenge sets, in one pass."""

_base_ = '../fifa_vit_300w.py'

val_evaluator = dict(subsets=dict(common=dict(path='helen|lfpw'), challenge=dict(path='ibug')))
test_evaluator = val_evaluator
