"""The testbed with the paper's losses: cross-entropy of the heatmaps and L1 of the coordinates."""

_base_ = 'resnet18_96.py'
from fifa_mm.config_edits import step

codec = dict(type='GaussianHeatmap', input_size=(96, 96), heatmap_size=(24, 24))
step(_base_, 'GenerateTarget').encoder = codec
head = dict(
    _delete_=True,
    type='HeatmapCoordinateHead',
    in_channels=256,
    out_channels=68,
    deconv_out_channels=(64, 64, 64),
    deconv_kernel_sizes=(4, 4, 4),
    decoder=codec,
)
model = dict(head=head, test_cfg=dict(shift_heatmap=False))
