# The paper's schedule: AdamW 1e-4, 250 epochs, 5 images on each of 4 GPUs. It names no decay of the
# rate or the weights: those here are FaRL's 300W recipe's. Another batch size: `--auto-scale-lr`.
_base_ = ['runtime.py']
train_cfg = dict(max_epochs=250, val_interval=1)
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=1e-4, weight_decay=1e-5))
param_scheduler = [dict(type='MultiStepLR', milestones=[200], gamma=0.1, end=250)]
auto_scale_lr = dict(base_batch_size=20)
randomness = dict(seed=0)  # a resumed run draws what the uninterrupted one would
ema = dict(type='EMAHook', momentum=1e-3)  # FaRL's; for custom_hooks
