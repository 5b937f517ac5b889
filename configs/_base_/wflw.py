# WFLW from MMPose's annotation files.
dataset_type, data_mode = 'WFLWDataset', 'topdown'  # for MMPose's inferencers
num_landmarks = 98
faces = dict(type=dataset_type, data_root='data/wflw/', data_prefix=dict(img='images/'))
train_faces = dict(ann_file='annotations/face_landmarks_wflw_train.json', **faces)
test_faces = dict(ann_file='annotations/face_landmarks_wflw_test.json', **faces)
evaluator = dict(  # with MMPose's annotation files of the subsets, beside the test file
    type='FaceLandmarkMetric',
    protocol='inter-ocular',
    subsets=dict(
        pose=dict(ann_file='face_landmarks_wflw_test_largepose.json'),
        expression=dict(ann_file='face_landmarks_wflw_test_expression.json'),
        illumination=dict(ann_file='face_landmarks_wflw_test_illumination.json'),
        make_up=dict(ann_file='face_landmarks_wflw_test_makeup.json'),
        occlusion=dict(ann_file='face_landmarks_wflw_test_occlusion.json'),
        blur=dict(ann_file='face_landmarks_wflw_test_blur.json'),
    ),
)
