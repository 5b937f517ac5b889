# A recipe for two processor cores: 128 x 128, batch 16, 20 epochs, no pretrained weights.
_base_ = 'faces300w_hrnet.py'

codec = dict(type='MSRAHeatmap', input_size=(128, 128), heatmap_size=(32, 32), sigma=1.5)
_base_.train_dataloader.dataset.pipeline[4].input_size = codec['input_size']
_base_.train_dataloader.dataset.pipeline[5].encoder = codec
_base_.val_dataloader.dataset.pipeline[2].input_size = codec['input_size']
_base_.test_dataloader.dataset.pipeline[2].input_size = codec['input_size']
model = dict(backbone=dict(init_cfg=None), head=dict(decoder=codec))

train_dataloader = dict(batch_size=16, num_workers=1)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
train_cfg = dict(max_epochs=20)
param_scheduler = [
    dict(type='LinearLR', end=200, start_factor=0.001, by_epoch=False),
    dict(type='MultiStepLR', end=20, milestones=[14, 18], gamma=0.1),
]
default_hooks = dict(channels_last=dict(type='ChannelsLastHook'))
