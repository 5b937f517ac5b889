"""Table 3, row 2, on 300-W faces: ViT with anti-aliased hourglasses, small, at 128 x 128."""

_base_ = ['_base_/vit_128.py', '_base_/faces300w.py']
model = dict(head=dict(out_channels=_base_.num_landmarks))
train_dataloader = dict(dataset=_base_.train_faces)
val_dataloader = dict(dataset=_base_.dev_faces)
test_dataloader = dict(dataset=_base_.test_faces)
