"""Table 7, SLPT on COFW. It has no published recipe for COFW: this is the one for 300-W.

COFW's boxes are not drawn around its landmarks, so the crop is MMPose's, which holds nearly all.
"""

_base_ = ['../_base_/slpt_recipe.py', '../_base_/cofw.py']
model = dict(head=dict(num_joints=_base_.num_landmarks))
_base_.train_dataloader.dataset.pipeline[1].padding = 1.25
_base_.val_dataloader.dataset.pipeline[1].padding = 1.25
_base_.test_dataloader.dataset.pipeline[1].padding = 1.25
train_dataloader = dict(dataset=_base_.train_faces)
val_dataloader = dict(dataset=_base_.test_faces)
test_dataloader = val_dataloader
