"""FiFA on AFLW: ViT-hourglass, Siamese views, DCCA, 512 x 512."""

_base_ = ['_base_/fifa_vit_512.py', '_base_/aflw.py']
from fifa_mm.config_edits import set_context

model = dict(head=dict(out_channels=_base_.num_landmarks))
train_dataloader = dict(dataset=_base_.train_faces)
val_dataloader = dict(dataset=_base_.test_faces)
test_dataloader = val_dataloader

# FaRL's AFLW recipe: the crop is the face's box, without context.
set_context(_base_, 1.0)
val_evaluator = dict(protocol='diagonal')
test_evaluator = val_evaluator
