"""Table 7, SH-FAN backbone: FAN with two stacks, without SH-FAN's sub-pixel targets and decoding.

SH-FAN's recipe is not public: this is FAN's, from memory and unverified, over five times the epochs
since COFW has only 1345 faces.
"""

_base_ = 'hrnet.py'
from fifa_mm.config_edits import step

model = dict(
    data_preprocessor=dict(mean=[0, 0, 0], std=[255, 255, 255]),
    backbone=dict(_delete_=True, type='FAN', num_landmarks=29, num_stacks=2),
    neck=None,
    head=dict(type='FANHead', in_channels=256, conv_out_channels=None, conv_kernel_sizes=None),
    test_cfg=dict(flip_test=False),
)
step(_base_, 'RandomBBoxTransform').update(rotate_factor=50, scale_factor=(0.8, 1.2))
_base_.train_dataloader.dataset.pipeline.insert(-2, dict(type='PhotometricDistortion'))
train_dataloader = dict(batch_size=10)
train_cfg = dict(max_epochs=200)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='RMSprop', lr=1e-4))
param_scheduler = [dict(type='MultiStepLR', milestones=[75, 150], gamma=0.1)]
auto_scale_lr = dict(base_batch_size=10)
