# The paper's model without what depends on input size and landmarks. The paper starts from FaRL's
# ViT-B/16; these options load it, without them training starts from random weights:
#   model.backbone.init_cfg.type=Pretrained
#   model.backbone.init_cfg.checkpoint=FaRL-Base-Patch16-LAIONFace20M-ep16.pth
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[122.7709383, 116.7460125, 104.09373615],
        std=[68.5005327, 66.6321375, 70.32316305],
        bgr_to_rgb=True,
    ),
    backbone=dict(type='ViTHourglass', arch='base'),
    head=dict(type='HeatmapCoordinateHead', in_channels=256),
)
