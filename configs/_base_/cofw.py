# COFW from MMPose's annotation files.
num_landmarks = 29
faces = dict(type='COFWDataset', data_root='data/cofw/', data_prefix=dict(img='images/'))
train_faces = dict(ann_file='annotations/cofw_train.json', **faces)
test_faces = dict(ann_file='annotations/cofw_test.json', **faces)
