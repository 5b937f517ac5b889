# Rendered faces with 68 landmarks: others for training, for choosing and for reporting.
dataset_type, data_mode = 'SyntheticFaces', 'topdown'  # for MMPose's inferencers
num_landmarks = 68
faces = dict(type=dataset_type, num_landmarks=num_landmarks, image_size=160)
train_faces = dict(num_samples=1500, seed=0, **faces)
dev_faces = dict(num_samples=200, seed=1, **faces)
test_faces = dict(num_samples=300, seed=2, **faces)
