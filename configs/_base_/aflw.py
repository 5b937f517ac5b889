# AFLW from MMPose's annotation files.
dataset_type, data_mode = 'AFLWDataset', 'topdown'  # for MMPose's inferencers
num_landmarks = 19
faces = dict(type=dataset_type, data_root='data/aflw/', data_prefix=dict(img='images/'))
train_faces = dict(ann_file='annotations/face_landmarks_aflw_train.json', **faces)
test_faces = dict(ann_file='annotations/face_landmarks_aflw_test.json', **faces)
frontal = dict(ann_file='face_landmarks_aflw_test_frontal.json')
evaluator = [
    dict(type='FaceLandmarkMetric', protocol='diagonal', subsets=dict(frontal=frontal)),
    dict(type='FaceLandmarkMetric', protocol='box', auc_grid='farl', prefix='box'),
]
