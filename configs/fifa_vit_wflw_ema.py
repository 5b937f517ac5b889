"""FiFA on WFLW, evaluated with the moving average of the weights, as FaRL is."""

_base_ = 'fifa_vit_wflw.py'
custom_hooks = [*_base_.custom_hooks, _base_.ema]
