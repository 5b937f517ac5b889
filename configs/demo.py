# Small network, rendered faces, FiFA for the first five epochs: minutes on two CPU cores.
_base_ = [
    './_base_/runtime.py',
    './_base_/synthetic_faces.py',
    './_base_/resnet18_small.py',
]
_base_.train_dataloader.dataset.pipeline.insert(
    -2, dict(type='FiducialFocus', patch_size=5, interval=1)
)
backend_args = None  # MMPose's tools read rendered faces by their address
model = dict(head=dict(decoder=_base_.codec))
train_cfg = dict(max_epochs=12, val_interval=2)
optim_wrapper = dict(type='CPUAmpOptimWrapper', optimizer=dict(type='Adam', lr=2e-3))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=50, start_factor=0.01, by_epoch=False),
    dict(type='CosineAnnealingLR', T_max=12, eta_min=2e-5, convert_to_iter_based=True),
]
default_hooks = dict(channels_last=dict(type='ChannelsLastHook'))
