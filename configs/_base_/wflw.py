# WFLW from MMPose's annotation files.
dataset_type, data_mode = 'WFLWDataset', 'topdown'  # for MMPose's inferencers
num_landmarks = 98
faces = dict(type=dataset_type, data_root='data/wflw/', data_prefix=dict(img='images/'))
train_faces = dict(ann_file='annotations/face_landmarks_wflw_train.json', **faces)
test_faces = dict(ann_file='annotations/face_landmarks_wflw_test.json', **faces)
