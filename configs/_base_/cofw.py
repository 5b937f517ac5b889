# COFW from MMPose's annotation files.
dataset_type, data_mode = 'COFWDataset', 'topdown'  # for MMPose's inferencers
num_landmarks = 29
faces = dict(type=dataset_type, data_root='data/cofw/', data_prefix=dict(img='images/'))
train_faces = dict(ann_file='annotations/cofw_train.json', **faces)
test_faces = dict(ann_file='annotations/cofw_test.json', **faces)
