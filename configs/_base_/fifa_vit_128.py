# A recipe for two processor cores, without a dataset: small preset, 128 x 128, heatmaps 32 x 32,
# batch 16, 12 epochs, patches in the first five, no pretrained weights. The last layer starts at
# low maps, which the paper does not say: so few epochs would not bring them down.
_base_ = ['fifa_vit_512.py']
codec = dict(type='GaussianHeatmap', input_size=(128, 128), heatmap_size=(32, 32))
last_layer = dict(name='final_layer', type='Normal', std=0.001, bias_prob=0.01)
model = dict(
    backbone=dict(arch='small', img_size=128),
    head=dict(
        in_channels=64,
        decoder=codec,
        init_cfg=dict(type='Normal', layer=[], override=last_layer),
    ),
)
_base_.train_dataloader.dataset.pipeline[2].input_size = codec['input_size']
_base_.train_dataloader.dataset.pipeline[3].interval = 1
_base_.train_dataloader.dataset.pipeline[4].encoder = codec
_base_.val_dataloader.dataset.pipeline[2].input_size = codec['input_size']
_base_.test_dataloader.dataset.pipeline[2].input_size = codec['input_size']
train_dataloader = dict(batch_size=16, num_workers=1)
train_cfg = dict(max_epochs=12)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(type='LinearLR', end=100, start_factor=0.01, by_epoch=False),
    dict(type='CosineAnnealingLR', T_max=12, eta_min=1e-5, convert_to_iter_based=True),
]
