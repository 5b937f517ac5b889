"""The losses between two views, by name: the paper's Table 6 and three that are not in it."""

from mmpose.models.losses import L1Loss, MSELoss, SmoothL1Loss, WingLoss
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm.models.losses.dcca_loss import DCCALoss
from fifa_mm.models.losses.landmark_cca_loss import LandmarkCCALoss
from fifa_mm.models.losses.output_correlation_loss import OutputCorrelationLoss
from fifa_mm.models.losses.spatial_cca_loss import SpatialCCALoss

POINTWISE = {'L2': MSELoss, 'L1': L1Loss, 'SmoothL1': SmoothL1Loss, 'Wing': WingLoss}
CORRELATIONS = {
    'DCCA': DCCALoss,
    'OutputCorrelation': OutputCorrelationLoss,
    'SpatialCCA': SpatialCCALoss,
    'LandmarkCCA': LandmarkCCALoss,
}
VIEW_LOSSES = (*POINTWISE, *CORRELATIONS)


class PointwiseViewLoss(nn.Module):
    """MMPose's regression loss of single numbers, averaged over all numbers of the features.

    Args:
        criterion: loss of outputs and targets of shape (N, K, D); ``WingLoss`` adds up over K and
            D, which is why both are 1 here.
    """

    def __init__(self, criterion: nn.Module) -> None:
        super().__init__()
        self.criterion = criterion

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Loss of two views' features of any one shape."""
        return self.criterion(a.reshape(-1, 1, 1), b.reshape(-1, 1, 1))


def build_view_loss(cfg: str | dict) -> nn.Module:
    """Build the loss between two views.

    What a loss is called with depends on its attribute ``compares``:

    - ``'features'``, also where there is no such attribute: the clean and the patched view's
      features, (B, C, H, W) or (B, C).
    - ``'outputs'``: the heatmaps (B, K, H, W) that the head gives for each, as they are before any
      activation, and weights (B, K), above 0 for labelled landmarks.
    - ``'landmarks'``: the features (B, K, C) at each view's own landmarks, and such weights.

    Args:
        cfg: a name of Table 6, ``'L2'``, ``'L1'``, ``'SmoothL1'``, ``'Wing'``, ``'DCCA'``, or
            ``'OutputCorrelation'``, ``'SpatialCCA'``, ``'LandmarkCCA'``, or a dict with the name as
            ``type`` and the arguments of MMPose's ``MSELoss``, ``L1Loss``, ``SmoothL1Loss``,
            ``WingLoss``, or of :class:`fifa_mm.DCCALoss`, :class:`fifa_mm.OutputCorrelationLoss`,
            :class:`fifa_mm.SpatialCCALoss`, :class:`fifa_mm.LandmarkCCALoss`; or any registered
            module that returns a scalar.

    Raises:
        ValueError: an unknown name.
    """
    cfg = dict(cfg) if isinstance(cfg, dict) else {'type': cfg}
    name = cfg.get('type')
    if name in POINTWISE:
        del cfg['type']
        return PointwiseViewLoss(POINTWISE[name](**cfg))
    if name in CORRELATIONS:
        del cfg['type']
        return CORRELATIONS[name](**cfg)
    if not isinstance(name, type) and not (isinstance(name, str) and MODELS.get(name)):
        raise ValueError(
            f'view_loss must be one of {VIEW_LOSSES} or a registered module, got {name!r}'
        )
    return MODELS.build(cfg)
