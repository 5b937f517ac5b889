"""FiFA on 300W, evaluated with the moving average of the weights, as FaRL is."""

_base_ = 'fifa_vit_300w.py'
custom_hooks = [*_base_.custom_hooks, _base_.ema]
