# 300W from MMPose's annotation files.
dataset_type, data_mode = 'Face300WDataset', 'topdown'  # for MMPose's inferencers
num_landmarks = 68
faces = dict(type=dataset_type, data_root='data/300w/', data_prefix=dict(img='images/'))
train_faces = dict(ann_file='annotations/face_landmarks_300w_train.json', **faces)
test_faces = dict(ann_file='annotations/face_landmarks_300w_valid.json', **faces)
evaluator = dict(
    type='FaceLandmarkMetric',
    protocol='inter-ocular',
    subsets=dict(common=dict(path='helen|lfpw'), challenge=dict(path='ibug')),
)
