"""Table 3, row 1: ViT-B/16 with two transposed convolutions to stride 4.

The paper's row equals its FaRL row, whose head is UPerNet: its number is for another head.
"""

_base_ = 'components_hourglass.py'
model = dict(
    backbone=dict(type='PlainViT'),
    head=dict(in_channels=768, deconv_out_channels=(256, 256), deconv_kernel_sizes=(4, 4)),
)
