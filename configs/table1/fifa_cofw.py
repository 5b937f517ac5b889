"""Table 1, COFW: inter-ocular NME and FR at 10 %."""

_base_ = '../fifa_vit_cofw.py'

val_evaluator = dict(_delete_=True, type='FaceLandmarkMetric', protocol='inter-ocular')
test_evaluator = val_evaluator
