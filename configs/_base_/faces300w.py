# 300-W faces with 68 landmarks in ../shared/data: choose on dev, report test_helen.
dataset_type, data_mode = 'Face300WDataset', 'topdown'  # for MMPose's inferencers
num_landmarks = 68
faces = dict(
    type=dataset_type,
    data_root='../shared/data/faces300w/',
    data_prefix=dict(img='images/'),
)
train_faces = dict(ann_file='annotations/faces300w_train.json', **faces)
dev_faces = dict(ann_file='annotations/faces300w_dev.json', **faces)
test_faces = dict(ann_file='annotations/faces300w_test_helen.json', **faces)
