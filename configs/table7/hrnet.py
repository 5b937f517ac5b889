"""Table 7, HRNet: MMPose's stock COFW config, measured like the other rows."""

_base_ = [
    'mmpose::face_2d_keypoint/topdown_heatmap/cofw/td-hm_hrnetv2-w18_8xb64-60e_cofw-256x256.py',
]
custom_imports = dict(imports=['fifa_mm'], allow_failed_imports=False)
val_evaluator = dict(_delete_=True, type='FaceLandmarkMetric', protocol='inter-ocular')
test_evaluator = val_evaluator
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=2))
