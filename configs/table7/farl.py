"""Table 7, FaRL: ViT-B/16, feature pyramid and UPerHead, with the recipe of its 300W config."""

_base_ = '../table3/components_vit.py'  # where to find the weights: _base_/vit_hourglass.py
from fifa_mm.config_edits import step

codec = dict(type='GaussianHeatmap', input_size=(512, 512), heatmap_size=(128, 128), sigma=1.25)
head = dict(type='UPerHead', in_channels=768, out_channels=_base_.num_landmarks, decoder=codec)
euclidean = dict(type='MPJPELoss', use_target_weight=True)
model = dict(
    backbone=dict(img_size=448, resize_input=True, out_indices=(3, 5, 7, 11)),
    neck=dict(type='FeaturePyramid', in_channels=768),
    head=dict(_delete_=True, coordinate_loss=euclidean, **head),
)
step(_base_, 'GenerateTarget').encoder = codec
train_dataloader = dict(drop_last=True)
paramwise = dict(custom_keys={'backbone': dict(lr_mult=0.01)})
optim_wrapper = dict(optimizer=dict(lr=1e-2), paramwise_cfg=paramwise)
auto_scale_lr = dict(base_batch_size=40)
custom_hooks = [*_base_.custom_hooks, _base_.ema]
sync_bn = 'torch'
