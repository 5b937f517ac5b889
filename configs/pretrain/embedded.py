"""A network of 1.6 million weights: 300-W's 68 and WFLW's 98 landmarks, rendered faces alone."""

_base_ = [
    '../_base_/runtime.py',
    '../_base_/synthetic_faces.py',
    '../_base_/resnet18_small.py',
]
codec = dict(
    type='MSRAHeatmap', input_size=(128, 128), heatmap_size=(32, 32), sigma=1.5, unbiased=True
)
from fifa_mm.config_edits import set_faces, steps

for part in steps(_base_, 'GenerateTarget'):
    part.encoder = codec
for part in steps(_base_, 'TopdownAffine'):
    part.input_size = codec['input_size']
both = dict(type='SyntheticFaces', num_landmarks=[68, 98], image_size=160)
set_faces(
    _base_,
    train=dict(num_samples=20000, seed=0, **both),
    val=dict(num_samples=300, seed=1, **both),
    test=dict(num_samples=300, seed=1, **both),
)
_base_.train_dataloader.dataset.pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='StandardAugment', input_size=codec['input_size']),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]

optim_wrapper = dict(type='CPUAmpOptimWrapper', optimizer=dict(type='Adam', lr=2e-3))
randomness = dict(seed=1302789731)  # of the model in fifa_mm/predict
train_cfg = dict(max_epochs=12, val_interval=1)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=50, start_factor=0.01, by_epoch=False),
    dict(type='CosineAnnealingLR', T_max=12, eta_min=2e-5, convert_to_iter_based=True),
]
default_hooks = dict(channels_last=dict(type='ChannelsLastHook'))
model = dict(
    backbone=dict(stem_channels=22, base_channels=22),
    head=dict(in_channels=176, out_channels=166, decoder=codec),
)
val_evaluator = dict(protocol='landmark-box')
test_evaluator = val_evaluator
