"""Table 3, row 2: and the anti-aliased hourglasses."""

_base_ = ['../_base_/vit_512.py', '../_base_/cofw.py']
model = dict(head=dict(out_channels=_base_.num_landmarks))
train_dataloader = dict(dataset=_base_.train_faces)
val_dataloader = dict(dataset=_base_.test_faces)
test_dataloader = val_dataloader
