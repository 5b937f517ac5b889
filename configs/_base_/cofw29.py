# COFW's 29 landmarks on 300-W photos, in ../shared/data: report cofw29_val, choose elsewhere.
dataset_type, data_mode = 'COFWDataset', 'topdown'  # for MMPose's inferencers
num_landmarks = 29
faces = dict(
    type=dataset_type, data_root='../shared/data/', data_prefix=dict(img='faces300w/images/')
)
train_faces = dict(ann_file='cofw29/annotations/cofw29_train.json', **faces)
test_faces = dict(ann_file='cofw29/annotations/cofw29_val.json', **faces)
