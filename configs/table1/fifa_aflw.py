"""Table 1, AFLW: NME by the diagonal (full, frontal), and NME and AUC at 7 % by the box."""

_base_ = '../fifa_vit_aflw.py'

frontal = dict(ann_file='face_landmarks_aflw_test_frontal.json')
val_evaluator = [
    dict(type='FaceLandmarkMetric', protocol='diagonal', subsets=dict(frontal=frontal)),
    dict(type='FaceLandmarkMetric', protocol='box', auc_grid='farl', prefix='box'),
]
test_evaluator = val_evaluator
