# ruff: noqa: F401  (imported to be registered)
"""What importing fifa_mm puts into MMPose's registries: our classes, some in place of stock ones.

What is imported here is public: a config writes its name as ``type``, with ``fifa_mm.`` before it
or, with ``custom_imports``, without.
"""

from mmpose.registry import DATA_SAMPLERS, HOOKS, TRANSFORMS

from fifa_mm.codecs.edge_heatmap import EdgeHeatmap
from fifa_mm.codecs.gaussian_heatmap import GaussianHeatmap
from fifa_mm.codecs.unclipped_regression_label import UnclippedRegressionLabel
from fifa_mm.datasets.epoch_sampler import EpochSampler
from fifa_mm.datasets.synthetic import SyntheticFaces
from fifa_mm.hooks.all_weights_hook import AllWeightsHook
from fifa_mm.hooks.channels_last_hook import ChannelsLastHook
from fifa_mm.hooks.checkpoint_hook import WholeCheckpointHook
from fifa_mm.hooks.every_face_hook import EveryFaceHook
from fifa_mm.hooks.initial_weights_hook import InitialWeightsHook
from fifa_mm.hooks.pictures_hook import PicturesHook
from fifa_mm.hooks.progress_hook import ProgressHook
from fifa_mm.hooks.run_report_hook import RunReportHook
from fifa_mm.metrics.landmark_metric import FaceLandmarkMetric
from fifa_mm.models.backbones.adnet_backbone import ADNet
from fifa_mm.models.backbones.fan import FAN
from fifa_mm.models.backbones.plain_vit import PlainViT
from fifa_mm.models.backbones.vit_hourglass import ViTHourglass
from fifa_mm.models.heads.adnet_head import ADNetHead
from fifa_mm.models.heads.fan_head import FANHead
from fifa_mm.models.heads.heatmap_coordinate_head import HeatmapCoordinateHead
from fifa_mm.models.heads.slpt_head import SLPTHead
from fifa_mm.models.heads.uper_head import UPerHead
from fifa_mm.models.losses.anisotropic_direction_loss import AnisotropicDirectionLoss
from fifa_mm.models.losses.dcca_loss import DCCALoss
from fifa_mm.models.losses.landmark_cca_loss import LandmarkCCALoss
from fifa_mm.models.losses.nme_loss import NMELoss
from fifa_mm.models.losses.output_correlation_loss import OutputCorrelationLoss
from fifa_mm.models.losses.spatial_cca_loss import SpatialCCALoss
from fifa_mm.models.losses.structured_heatmap_loss import StructuredHeatmapLoss
from fifa_mm.models.necks.feature_pyramid import FeaturePyramid
from fifa_mm.models.siamese import SiamesePoseEstimator
from fifa_mm.optim_wrappers.cpu_amp_optim_wrapper import CPUAmpOptimWrapper
from fifa_mm.transforms.evaluation_box import DetectorBox, JitterBox
from fifa_mm.transforms.fiducial_focus import FiducialFocus
from fifa_mm.transforms.independent_views import IndependentViews
from fifa_mm.transforms.landmark_box import LandmarkBox
from fifa_mm.transforms.seeded_albumentation import SeededAlbumentation
from fifa_mm.transforms.standard import StandardAugment

__all__ = sorted(name for name, value in vars().items() if isinstance(value, type))

# Registry, stock name, our class: all that a config gets otherwise than without this package.
REPLACED = (
    (HOOKS, 'CheckpointHook', WholeCheckpointHook),  # the same files, never half of one
    (DATA_SAMPLERS, 'DefaultSampler', EpochSampler),  # the same samples; transforms know the epoch
    (TRANSFORMS, 'Albumentation', SeededAlbumentation),  # the same, with draws that a seed repeats
)
for _registry, _name, _class in REPLACED:
    _registry.register_module(name=_name, module=_class, force=True)
