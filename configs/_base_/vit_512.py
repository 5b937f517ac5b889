# The paper's baseline at 512 x 512, without a dataset: f_A1, ViT-hourglass, its targets.
_base_ = ['schedule_250e.py', 'vit_hourglass.py', 'loaders.py']
codec = dict(type='GaussianHeatmap', input_size=(512, 512), heatmap_size=(128, 128))
model = dict(backbone=dict(img_size=512), head=dict(decoder=codec))
load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
train_pipeline = [
    *load,
    dict(type='StandardAugment', input_size=codec['input_size']),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]
crop = dict(type='TopdownAffine', input_size=codec['input_size'])
test_pipeline = [*load, crop, dict(type='PackPoseInputs')]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline, test_mode=True))
test_dataloader = val_dataloader
