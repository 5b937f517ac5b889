# A testbed: the demo's small network on 300-W faces at 96 x 96, ten epochs, minutes on one core.
# Choose on dev. Seeds differ by a few hundredths of a percent: three show a difference of 0.1.
_base_ = [
    '../_base_/runtime.py',
    '../_base_/resnet18_small.py',
    '../_base_/faces300w.py',
    '../_base_/loaders.py',
]
codec = dict(
    type='MSRAHeatmap', input_size=(96, 96), heatmap_size=(24, 24), sigma=1.2, unbiased=True
)
model = dict(head=dict(decoder=codec))
load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
crop = dict(type='TopdownAffine', input_size=codec['input_size'])
train_pipeline = [
    *load,
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform', shift_prob=0, rotate_factor=30, scale_factor=(0.9, 1.1)),
    crop,
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]
test_pipeline = [*load, crop, dict(type='PackPoseInputs')]
batches = dict(batch_size=32, num_workers=1)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline, **_base_.train_faces), **batches)
test_mode = dict(pipeline=test_pipeline, test_mode=True)
val_dataloader = dict(dataset=dict(**test_mode, **_base_.dev_faces), **batches)
test_dataloader = dict(dataset=dict(**test_mode, **_base_.test_faces), **batches)
train_cfg = dict(max_epochs=10, val_interval=1)
optim_wrapper = dict(optimizer=dict(type='Adam', lr=2e-3))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=50, start_factor=0.01, by_epoch=False),
    dict(type='CosineAnnealingLR', T_max=10, eta_min=2e-5, convert_to_iter_based=True),
]
default_hooks = dict(channels_last=dict(type='ChannelsLastHook'))
