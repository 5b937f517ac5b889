# A recipe for two processor cores, without a dataset: small preset, 128 x 128, heatmaps 32 x 32,
# batch 16, 12 epochs, no pretrained weights. The last layer starts at low maps, which the paper
# does not say: so few epochs would not bring them down.
_base_ = ['vit_512.py']
from fifa_mm.config_edits import set_arch, set_size

set_size(_base_, 128)
set_arch(_base_.model, 'small')
last_layer = dict(name='final_layer', type='Normal', std=0.001, bias_prob=0.01)
model = dict(head=dict(init_cfg=dict(type='Normal', layer=[], override=last_layer)))
train_dataloader = dict(batch_size=16, num_workers=1)
train_cfg = dict(max_epochs=12)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(type='LinearLR', end=100, start_factor=0.01, by_epoch=False),
    dict(type='CosineAnnealingLR', T_max=12, eta_min=1e-5, convert_to_iter_based=True),
]
