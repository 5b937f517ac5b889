"""Table 2, WFLW: inter-ocular NME and FR at 10 % of the test set and its six subsets."""

_base_ = '../fifa_vit_wflw.py'

val_evaluator = dict(
    _delete_=True,
    type='FaceLandmarkMetric',
    protocol='inter-ocular',
    subsets=['pose', 'expression', 'illumination', 'make_up', 'occlusion', 'blur'],
)
test_evaluator = val_evaluator
