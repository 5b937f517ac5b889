"""A network of 1.6 million weights: 300-W's 68 and WFLW's 98 landmarks, rendered faces alone."""

_base_ = '../demo.py'
codec = dict(
    type='MSRAHeatmap', input_size=(128, 128), heatmap_size=(32, 32), sigma=1.5, unbiased=True
)
model = dict(
    backbone=dict(stem_channels=22, base_channels=22),
    head=dict(in_channels=176, out_channels=166, decoder=codec),
)
from fifa_mm.config_edits import steps

for part in steps(_base_, 'TopdownAffine'):
    part.update(input_size=codec['input_size'])
both = dict(num_landmarks=[68, 98], image_size=160)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='StandardAugment', input_size=codec['input_size']),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]
train_dataloader = dict(dataset=dict(num_samples=20000, pipeline=train_pipeline, **both))
val_dataloader = dict(dataset=both)
test_dataloader = val_dataloader
val_evaluator = dict(protocol='landmark-box')
test_evaluator = val_evaluator
train_cfg = dict(val_interval=1)
randomness = dict(seed=1302789731)  # of the model in fifa_mm/predict
