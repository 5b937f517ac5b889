"""Table 7, SLPT on COFW. It has no published recipe for COFW: this is the one for 300-W."""

_base_ = ['../_base_/slpt_recipe.py', '../_base_/cofw.py']
model = dict(head=dict(num_joints=_base_.num_landmarks))
train_dataloader = dict(dataset=_base_.train_faces)
val_dataloader = dict(dataset=_base_.test_faces)
test_dataloader = val_dataloader
