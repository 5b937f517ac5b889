"""FiFA on COFW: ViT-hourglass, Siamese views, DCCA, 256 x 256."""

_base_ = ['_base_/fifa_vit_256.py', '_base_/cofw.py']
model = dict(head=dict(out_channels=_base_.num_landmarks))
train_dataloader = dict(dataset=_base_.train_faces)
val_dataloader = dict(dataset=_base_.test_faces)
test_dataloader = val_dataloader
