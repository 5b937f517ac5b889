"""Table 7, ADNet on COFW with its own recipe."""

_base_ = ['../_base_/adnet_recipe.py', '../_base_/cofw.py']
landmarks = dict(num_landmarks=_base_.num_landmarks)
model = dict(backbone=landmarks, head=dict(decoder=landmarks))
_base_.train_dataloader.dataset.pipeline[6].encoder.update(landmarks)
train_dataloader = dict(dataset=_base_.train_faces)
val_dataloader = dict(dataset=_base_.test_faces)
test_dataloader = val_dataloader
