"""Table 2, WFLW: inter-ocular NME and FR at 10 % of the test set and its six subsets.

The subsets are MMPose's annotation files of them, beside the test file.
"""

_base_ = '../fifa_vit_wflw.py'

val_evaluator = dict(
    subsets=dict(
        pose=dict(ann_file='face_landmarks_wflw_test_largepose.json'),
        expression=dict(ann_file='face_landmarks_wflw_test_expression.json'),
        illumination=dict(ann_file='face_landmarks_wflw_test_illumination.json'),
        make_up=dict(ann_file='face_landmarks_wflw_test_makeup.json'),
        occlusion=dict(ann_file='face_landmarks_wflw_test_occlusion.json'),
        blur=dict(ann_file='face_landmarks_wflw_test_blur.json'),
    )
)
test_evaluator = val_evaluator
