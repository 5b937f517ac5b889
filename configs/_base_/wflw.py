# WFLW from MMPose's annotation files.
num_landmarks = 98
faces = dict(type='WFLWDataset', data_root='data/wflw/', data_prefix=dict(img='images/'))
train_faces = dict(ann_file='annotations/face_landmarks_wflw_train.json', **faces)
test_faces = dict(ann_file='annotations/face_landmarks_wflw_test.json', **faces)
