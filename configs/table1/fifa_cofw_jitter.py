"""Robustness figure beside fifa_cofw.py: test faces cropped by boxes with a detector's noise."""

_base_ = 'fifa_cofw.py'

_base_.test_dataloader.dataset.pipeline.insert(0, dict(type='JitterBox', seed=0))
