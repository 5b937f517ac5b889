"""The testbed with FiFA on half of the faces: as many patches as two views have, without views."""

_base_ = 'resnet18_96_fifa.py'
_base_.train_dataloader.dataset.pipeline[5].prob = 0.5
