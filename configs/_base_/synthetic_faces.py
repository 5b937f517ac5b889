# 1500 rendered faces for training and 300 others for validation, 68 landmarks, input 96 x 96.
dataset_type, data_mode = 'SyntheticFaces', 'topdown'  # for MMPose's inferencers
codec = dict(
    type='MSRAHeatmap', input_size=(96, 96), heatmap_size=(24, 24), sigma=1.2, unbiased=True
)
start = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
warp = [dict(type='TopdownAffine', input_size=codec['input_size'])]
pack = [dict(type='PackPoseInputs')]
augment = [
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform', shift_prob=0, rotate_factor=30, scale_factor=(0.9, 1.1)),
]
target = [dict(type='GenerateTarget', encoder=codec)]
loader = dict(batch_size=32, num_workers=2, persistent_workers=True)
faces = dict(type=dataset_type, image_size=128)
train_dataloader = dict(
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        num_samples=1500, seed=0, pipeline=start + augment + warp + target + pack, **faces
    ),
    **loader,
)
val_dataloader = dict(
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(num_samples=300, seed=1, test_mode=True, pipeline=start + warp + pack, **faces),
    **loader,
)
test_dataloader = val_dataloader
val_evaluator = dict(type='FaceLandmarkMetric', protocol='inter-ocular')
test_evaluator = val_evaluator
