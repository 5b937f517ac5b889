"""FiFA on AFLW: ViT-hourglass, Siamese views, DCCA, 256 x 256."""

_base_ = ['_base_/fifa_vit_256.py', '_base_/aflw.py']
model = dict(head=dict(out_channels=_base_.num_landmarks))
train_dataloader = dict(dataset=_base_.train_faces)
val_dataloader = dict(dataset=_base_.test_faces)
test_dataloader = val_dataloader

# FaRL's AFLW recipe: the crop is the face's box, without context.
_base_.train_dataloader.dataset.pipeline[1].padding = 1.0
_base_.train_dataloader.dataset.pipeline[2].update(scale_mu=1.0, context=1.0)
_base_.val_dataloader.dataset.pipeline[1].padding = 1.0
_base_.test_dataloader.dataset.pipeline[1].padding = 1.0
val_evaluator = dict(protocol='diagonal')
test_evaluator = val_evaluator
