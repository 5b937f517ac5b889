# A recipe for two processor cores: 128 x 128, batch 16, 20 epochs, no pretrained weights.
_base_ = 'faces300w_hrnet.py'
from fifa_mm.config_edits import set_size

set_size(_base_, 128)
model = dict(backbone=dict(init_cfg=None))
train_dataloader = dict(batch_size=16, num_workers=1)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
train_cfg = dict(max_epochs=20)
param_scheduler = [
    dict(type='LinearLR', end=200, start_factor=0.001, by_epoch=False),
    dict(type='MultiStepLR', end=20, milestones=[14, 18], gamma=0.1),
]
default_hooks = dict(channels_last=dict(type='ChannelsLastHook'))
