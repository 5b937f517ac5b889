"""Robustness figure beside fifa_wflw.py: test faces cropped by boxes with a detector's noise."""

_base_ = 'fifa_wflw.py'

_base_.test_dataloader.dataset.pipeline.insert(0, dict(type='JitterBox', seed=0))
