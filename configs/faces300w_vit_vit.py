"""Table 3, row 1, on 300-W faces: ViT with two transposed convolutions to stride 4."""

_base_ = 'faces300w_vit_hourglass.py'
model = dict(
    backbone=dict(type='PlainViT'),
    head=dict(in_channels=192, deconv_out_channels=(64, 64), deconv_kernel_sizes=(4, 4)),
)
