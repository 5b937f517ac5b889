"""Two views through one network. B images, C channels, K landmarks."""

from typing import Any

import torch
from mmengine.logging import MessageHub, print_log
from mmpose.models import TopdownPoseEstimator
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm import checks
from fifa_mm.models.gradient_balance import GradientBalance
from fifa_mm.models.losses.landmark_cca_loss import sample_at
from fifa_mm.models.losses.view_loss import build_view_loss
from fifa_mm.models.view_feature import (
    check_submodule,
    has_upsampling,
    landmarks,
    last_of_the_largest,
    recorded,
)

LAST_LAYER = 'head.final_layer'


@MODELS.register_module()
class SiamesePoseEstimator(TopdownPoseEstimator):
    """Top-down estimator trained on two views of every image: f1 = f2 = f of the paper, Sec. 3.

    The views come from ``FiducialFocus(views=2)`` or :class:`fifa_mm.IndependentViews`; the rest of
    a stock config, its ``data_preprocessor`` included, stays as it is. Both views run through the
    shared weights in one batch of 2 B, all clean views before all patched ones; the head's own
    losses supervise both (the paper), averaged as they average a batch (our reading), and the view
    loss compares them. A batch of one view, as ``FiducialFocus`` gives once the patches are gone
    (Eq. 6), validation and test run as in ``TopdownPoseEstimator``. The state dict has its keys:
    checkpoints load either way.

    Feature of the view loss, by default: the last of the largest maps that the head is given, which
    for all systems of Table 7 is the map that their landmarks are read from; where the head
    enlarges its map itself, by MMPose's ``deconv_out_channels``, the map that its last layer reads.

    Size of the view loss: the paper adds it with weight 1 to its own head's losses. Beside another
    head's that can be far too much or nothing: at the start of a training its gradient at that
    feature is 440 times as long as that of HRNet's loss, and 0.02 times as that of ADNet's.
    Therefore the view loss is multiplied such that its gradient there is ``view_ratio`` times as
    long as that of the head's losses, see
    :class:`fifa_mm.models.gradient_balance.GradientBalance`; the smoothing starts anew in every
    epoch, so that a resumed run goes on as it would have. **Deviation**: ``view_ratio=None`` is the
    paper.

    Logged: what the head logs; ``loss_view``, as it is added, and ``view``, as it is.

    Args:
        backbone: backbone config.
        neck: neck config.
        head: config of any head with MMPose's ``loss(feats, data_samples, train_cfg)``.
        view_loss: name or config, see
            :func:`fifa_mm.models.losses.view_loss.build_view_loss`; None for two views without a
            loss between them.
        view_feature: dotted name of the submodule whose input is the feature of the view loss.
        view_ratio: gradient of the view loss over that of the head's losses, above 0; None leaves
            the view loss as it is.
        **kwargs: arguments of ``TopdownPoseEstimator``.

    Raises:
        ValueError: no head, an unknown view loss, a submodule that the model has not,
            ``view_ratio`` not above 0; in training, a batch of neither one view nor two, or one
            that lacks what the view loss compares.
    """

    def __init__(
        self,
        backbone: dict,
        neck: dict | None = None,
        head: dict | None = None,
        view_loss: str | dict | None = 'DCCA',
        view_feature: str | None = None,
        view_ratio: float | None = 0.1,
        **kwargs: Any,
    ) -> None:
        if head is None:
            raise ValueError('SiamesePoseEstimator needs a head, got head=None')
        checks.number('view_ratio', view_ratio, above=0, optional=True)
        super().__init__(backbone=backbone, neck=neck, head=head, **kwargs)
        self.view_loss = None if view_loss is None else build_view_loss(view_loss)
        if view_feature is None and has_upsampling(self.head):
            view_feature = LAST_LAYER
        if view_feature is not None:
            check_submodule(self, view_feature)
        self.view_feature = view_feature
        self.balance = None if view_ratio is None else GradientBalance(view_ratio)
        self._epoch = None
        self._said = False
        self.data_preprocessor.register_forward_pre_hook(concatenate_views)

    def loss(self, inputs: Tensor, data_samples: list) -> dict:
        """Losses of a batch of B images in one view or two.

        Args:
            inputs: (B, 3, H, W), or (2 B, 3, H, W), the clean views before the patched ones.
            data_samples: the B images' targets; where the second view has targets of its own, they
                are the ``second_view`` of the first's.

        Returns:
            losses and logged values.
        """
        images = len(data_samples)
        if len(inputs) == images:
            self._say_once('one view of every image from here on, no loss between views')
            return super().loss(inputs, data_samples)
        if len(inputs) != 2 * images:
            raise ValueError(
                'SiamesePoseEstimator trains on one or two views of each image, got '
                f'{len(inputs)} inputs for {images} images'
            )
        samples = data_samples + [s.get('second_view', s) for s in data_samples]
        with (
            recorded(self, self.view_feature) as read,
            recorded(self, LAST_LAYER, output=True) as given,
        ):
            feats = self.extract_feat(inputs)
            losses = self.head.loss(feats, samples, train_cfg=self.train_cfg)
        if self.view_loss is None:
            return losses
        feature = self._feature(feats, read)
        with torch.autocast(inputs.device.type, enabled=False):
            view = self.view_loss(*self._compared(feature, feats, given, samples, inputs.shape))
        factor = self._factor(self.parse_losses(losses)[0], view, feature)
        return losses | {'loss_view': factor * view, 'view': view.detach()}

    def _say_once(self, what: str) -> None:
        if not self._said:
            print_log(f'{type(self).__name__}: {what}', 'current')
        self._said = True

    def _feature(self, feats: Tensor | tuple, read: list[Tensor]) -> Tensor:
        """The feature of the view loss, (2 B, C, H, W) or (2 B, C)."""
        if self.view_feature is None:
            return last_of_the_largest(feats)
        if not read:
            raise ValueError(f'view_feature={self.view_feature!r} was not called in training')
        return read[-1]

    def _compared(
        self,
        feature: Tensor,
        feats: Tensor | tuple,
        given: list[Tensor],
        samples: list,
        shape: torch.Size,
    ) -> tuple[Tensor, ...]:
        """What the view loss is called with, see :mod:`fifa_mm.models.losses.view_loss`."""
        compares = getattr(self.view_loss, 'compares', 'features')
        if compares == 'features':
            return floats(feature).chunk(2)
        weights = torch.cat([s.gt_instance_labels.keypoint_weights for s in samples])  # (2 B, K)
        if compares == 'outputs':
            maps = given[-1] if given else self.head(feats)
            labelled = weights.chunk(2)[0]
            return *floats(maps).chunk(2), labelled
        points = landmarks(samples).to(feature.device) + 0.5  # (2 B, K, 2)
        points = points / points.new_tensor([shape[-1], shape[-2]])
        if feature.ndim != 4:
            raise ValueError(
                'the view loss compares features at landmarks, which takes maps (B, C, H, W), got '
                f'a feature {[*feature.shape]}'
            )
        inside = ((points >= 0) & (points <= 1)).all(-1)
        seen = ((weights > 0) & inside).chunk(2)
        first, second = sample_at(floats(feature), points).chunk(2)
        return first, second, seen[0] & seen[1]

    def _factor(self, head_loss: Tensor, view: Tensor, feature: Tensor) -> float | Tensor:
        """What the view loss is multiplied by."""
        if self.balance is None:
            return 1.0
        epoch = MessageHub.get_current_instance().get_info('epoch')
        if epoch != self._epoch:
            self._epoch = epoch
            self.balance.restart()
        return self.balance(head_loss, view, feature)


def concatenate_views(preprocessor: nn.Module, args: tuple) -> tuple | None:
    """Forward pre-hook of a data preprocessor: two views of B images become 2 B images.

    Samples of one view, (C, H, W), pass unchanged. Batch order: all first views, then all second.
    """
    data, *rest = args
    inputs = data['inputs']
    if all(views.ndim == 3 for views in inputs):
        return None
    if any(views.ndim != 4 or len(views) != 2 for views in inputs):
        raise ValueError(
            'SiamesePoseEstimator takes one view of every image of a batch, (C, H, W), or 2 views '
            f'of every image, (2, C, H, W), got shapes {[tuple(v.shape) for v in inputs]}'
        )
    return {**data, 'inputs': [views[i] for i in (0, 1) for views in inputs]}, *rest


def floats(x: Tensor) -> Tensor:
    """x in float32, or in float64 if it is."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
