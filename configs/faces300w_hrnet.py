# MMPose's stock HRNetV2-W18 300W config on the 300-W faces of ../shared/data: choose on dev, report
# test_helen.
_base_ = [
    'mmpose::face_2d_keypoint/topdown_heatmap/300w/td-hm_hrnetv2-w18_8xb64-60e_300w-256x256.py',
]
custom_imports = dict(imports=['fifa_mm'], allow_failed_imports=False)

data = dict(data_root='../shared/data/faces300w/')
train_dataloader = dict(dataset=dict(ann_file='annotations/faces300w_train.json', **data))
val_dataloader = dict(dataset=dict(ann_file='annotations/faces300w_dev.json', **data))
test_dataloader = dict(dataset=dict(ann_file='annotations/faces300w_test_helen.json', **data))
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=2))
val_evaluator = dict(_delete_=True, type='FaceLandmarkMetric')
test_evaluator = val_evaluator
