# SLPT without a dataset: HRNetV2-W18 with one module a stage, head, crops and the recipe for 300-W.
# The original starts from the mean shape of its training annotations, made by fifa_mm mean-shape:
#   model.head.mean_shape=data/cofw/mean_shape.npy
_base_ = ['runtime.py', 'loaders.py']
codec = dict(type='UnclippedRegressionLabel', input_size=(256, 256))
basic = dict(num_modules=1, block='BASIC')
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(
        type='HRNet',
        extra=dict(
            stage1=dict(
                num_modules=1,
                num_branches=1,
                block='BOTTLENECK',
                num_blocks=(4,),
                num_channels=(64,),
            ),
            stage2=dict(num_branches=2, num_blocks=(4,) * 2, num_channels=(18, 36), **basic),
            stage3=dict(num_branches=3, num_blocks=(4,) * 3, num_channels=(18, 36, 72), **basic),
            stage4=dict(
                num_branches=4,
                num_blocks=(4,) * 4,
                num_channels=(18, 36, 72, 144),
                multiscale_output=True,
                **basic,
            ),
            upsample=dict(mode='bilinear', align_corners=False),
        ),
        init_cfg=dict(type='Pretrained', checkpoint='open-mmlab://msra/hrnetv2_w18'),
    ),
    neck=dict(type='FeatureMapProcessor', concat=True),
    head=dict(
        type='SLPTHead',
        in_channels=270,
        conv_channels=(270,),
        mean_shape='synthetic',
        decoder=codec,
    ),
)

# Crop: 1.2 times the longer side of the landmarks' own box, whatever boxes the dataset has.
# Normal laws clipped at one or two standard deviations in the original are truncated ones here; the
# rectangle's sides, N(0.2, 0.08), are uniform with that mean and spread.
load = [
    dict(type='LoadImage'),
    dict(type='LandmarkBox'),
    dict(type='GetBBoxCenterScale', padding=1.2),
]
crop = dict(type='TopdownAffine', input_size=codec['input_size'])
rectangle = dict(
    type='CoarseDropout',
    num_holes_range=(1, 1),
    hole_height_range=(0.06, 0.34),
    hole_width_range=(0.06, 0.34),
    fill='random_uniform',
    p=0.5,
)
train_pipeline = [
    *load,
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.05,
        shift_prob=1.0,
        scale_factor=(0.958, 1.042),
        rotate_factor=30,
        rotate_prob=1.0,
    ),
    crop,
    dict(
        type='RandomGrayscale', prob=0.2, keep_channels=True, channel_weights=(0.114, 0.587, 0.299)
    ),
    dict(type='Albumentation', transforms=[rectangle]),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]
test_pipeline = [*load, crop, dict(type='PackPoseInputs')]
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=32, dataset=dict(pipeline=test_pipeline, test_mode=True))
test_dataloader = val_dataloader

train_cfg = dict(max_epochs=120, val_interval=1)
optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = [dict(type='MultiStepLR', milestones=[80, 100], gamma=0.1, end=120)]
auto_scale_lr = dict(base_batch_size=32)
randomness = dict(seed=0)
