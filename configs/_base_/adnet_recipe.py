# ADNet's own recipe at 256 x 256, without a dataset. Its shift, rotation and scale are normal with
# standard deviations 0.05, 18 degrees and 0.1; MMPose's are cut off at 1.85 times these. Occlusion,
# blur, gamma, noise and grey are those of its public code. On more than one GPU it synchronises
# batch norm: `--cfg-options sync_bn=torch`.
_base_ = ['runtime.py', 'loaders.py']
codec = dict(type='EdgeHeatmap', input_size=(256, 256), heatmap_size=(64, 64))
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(type='PoseDataPreprocessor', mean=[127.5] * 3, std=[127.5] * 3),
    backbone=dict(type='ADNet'),
    head=dict(type='ADNetHead', decoder=codec),
)
load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
crop = dict(type='TopdownAffine', input_size=codec['input_size'])
spread = dict(shift_factor=0.093, scale_factor=(0.815, 1.185), rotate_factor=33.4)
darker = dict(type='RandomGamma', gamma_limit=(100, 400), p=1)
lighter = dict(type='RandomGamma', gamma_limit=(25, 100), p=1)
pixels = [
    dict(type='RandomOcclusion', p=0.4),
    dict(type='RandomBlur', ratio=0.05, p=0.3),
    dict(type='OneOf', transforms=[darker, lighter], p=0.2),
    dict(type='NoiseFusion', p=0.2),
    dict(type='RandomGray', p=0.2),
]
train_pipeline = [
    *load,
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform', shift_prob=1, scale_prob=1, rotate_prob=1, **spread),
    crop,
    dict(type='Albumentation', transforms=pixels),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]
test_pipeline = [*load, crop, dict(type='PackPoseInputs')]
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=32, dataset=dict(pipeline=test_pipeline, test_mode=True))
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=500, val_interval=1)
optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = [dict(type='MultiStepLR', milestones=[200, 350, 450], gamma=0.1, end=500)]
auto_scale_lr = dict(base_batch_size=32)
# Momentum 1 - 0.5^(8 / 10^4), of the running statistics of batch norm too.
ema = dict(type='EMAHook', momentum=5.5437e-4, update_buffers=True)
custom_hooks = [dict(type='SyncBuffersHook'), ema]
randomness = dict(seed=0)
