"""The losses between two views, by the names of the paper's Table 6."""

from mmpose.models.losses import L1Loss, MSELoss, SmoothL1Loss, WingLoss
from mmpose.registry import MODELS
from torch import nn

from fifa_mm.models.losses.dcca_loss import DCCALoss

POINTWISE = {'L2': MSELoss, 'L1': L1Loss, 'SmoothL1': SmoothL1Loss, 'Wing': WingLoss}
VIEW_LOSSES = (*POINTWISE, 'DCCA')


class PointwiseViewLoss(nn.Module):
    """MMPose's regression loss of single numbers, averaged over all numbers of the features.

    Args:
        criterion (nn.Module): Loss of outputs and targets of shape (N, K, D); ``WingLoss`` adds up
            over K and D, which is why both are 1 here.
    """

    def __init__(self, criterion):
        super().__init__()
        self.criterion = criterion

    def forward(self, a, b):
        """Loss of two views' features of any one shape."""
        return self.criterion(a.reshape(-1, 1, 1), b.reshape(-1, 1, 1))


def build_view_loss(cfg):
    """Build the loss between two views.

    Args:
        cfg (str | dict): A name of Table 6: ``'L2'``, ``'L1'``, ``'SmoothL1'``, ``'Wing'``,
            ``'DCCA'``, or a dict with the name as ``type`` and the arguments of MMPose's
            ``MSELoss``, ``L1Loss``, ``SmoothL1Loss``, ``WingLoss`` or of :class:`fifa_mm.DCCALoss`;
            or any registered module that maps two features to a scalar.

    Raises:
        ValueError: an unknown name.
    """
    cfg = dict(cfg) if isinstance(cfg, dict) else {'type': cfg}
    name = cfg.get('type')
    if name in POINTWISE:
        del cfg['type']
        return PointwiseViewLoss(POINTWISE[name](**cfg))
    if name == 'DCCA':
        del cfg['type']
        return DCCALoss(**cfg)
    if not isinstance(name, type) and not (isinstance(name, str) and MODELS.get(name)):
        raise ValueError(
            f'view_loss must be one of {VIEW_LOSSES} or a registered module, got {name!r}'
        )
    return MODELS.build(cfg)
