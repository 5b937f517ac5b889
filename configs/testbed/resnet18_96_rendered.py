"""The testbed trained on rendered faces alone, 1500 of them, for eight epochs."""

_base_ = 'resnet18_96.py'
from fifa_mm.config_edits import set_faces

faces = dict(type='SyntheticFaces', num_samples=1500, image_size=128, seed=0)
set_faces(_base_, train=faces)
dataset_type = 'SyntheticFaces'
train_cfg = dict(max_epochs=8)
param_scheduler = [_base_.param_scheduler[0], {**_base_.param_scheduler[1], 'T_max': 8}]
