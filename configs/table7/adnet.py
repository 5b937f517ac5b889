"""Table 7, ADNet on COFW with its own recipe."""

_base_ = ['../_base_/adnet_recipe.py', '../_base_/cofw.py']
from fifa_mm.config_edits import step

landmarks = dict(num_landmarks=_base_.num_landmarks)
model = dict(backbone=landmarks, head=dict(decoder=landmarks))
step(_base_, 'GenerateTarget').encoder.update(landmarks)
train_dataloader = dict(dataset=_base_.train_faces)
val_dataloader = dict(dataset=_base_.test_faces)
test_dataloader = val_dataloader
