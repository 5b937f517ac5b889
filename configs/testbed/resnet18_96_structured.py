"""The testbed with the structured loss; Gaussians of 0.05 where the map is [-1, 1] wide."""

_base_ = 'resnet18_96.py'
from fifa_mm.config_edits import step

codec = dict(
    type='GaussianHeatmap',
    input_size=(96, 96),
    heatmap_size=(24, 24),
    sigma=0.6,
    decoder='local',
    window=5,
    temperature=1.0,
)
step(_base_, 'GenerateTarget').encoder = codec
model = dict(
    test_cfg=dict(shift_heatmap=False),
    train_cfg=dict(compute_acc=False),  # MMPose's finds no maximum below 0
    head=dict(
        loss=dict(_delete_=True, type='StructuredHeatmapLoss'), decoder=dict(_delete_=True, **codec)
    ),
)
