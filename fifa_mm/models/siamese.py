"""Two views through one network."""

import functools

import torch
from mmengine.dist import all_reduce
from mmpose.models import PoseDataPreprocessor, TopdownPoseEstimator
from mmpose.registry import MODELS
from torch.nn import functional as F

from fifa_mm.models.losses.view_loss import build_view_loss

VIEW_FEATURES = ('backbone', 'neck', 'head')


@MODELS.register_module()
class SiamesePoseEstimator(TopdownPoseEstimator):
    """Top-down estimator trained on two views of every image: f1 = f2 = f of the paper, Sec. 3.

    The views come from ``FiducialFocus(views=2)``; the rest of a stock config, its
    ``data_preprocessor`` included, stays as it is. Both views run through the shared weights in one
    concatenated batch, all clean views before all patched ones; the head's own losses supervise
    each, and the view loss compares their features. Validation and test take ordinary batches. The
    state dict has the keys of ``TopdownPoseEstimator``: checkpoints load either way.

    Once the patches are gone the two views are equal (Eq. 6). Then one of them is computed, the
    head's losses stand for both views, and the view loss is logged without a gradient.

    Feature of the view loss: the last map of what ``view_feature`` names, (B, C, H, W), every
    channel at every position, or its averages over a grid of ``view_pool`` x ``view_pool`` cells.
    A neck that pools away the positions gives (B, C).

    Size of the view loss: the paper adds it with weight 1 to its own head's losses. Beside another
    head's that can be far too much: HRNet's mean square over a heatmap is below 0.01, so that only
    the correlation, which is -1 at best, would be learned. Therefore it is multiplied by the
    head's losses as they are at that step (a number, without a gradient) and by ``view_ratio``,
    which makes it the same share of any head's. **Deviation**: ``view_ratio=None`` is the paper.

    Logged: the head's losses, as weighted sums over the views; its other values (``acc_pose``) of
    the clean view; ``loss_view``, as it is added.

    Args:
        backbone (dict): Backbone config.
        neck (dict, optional): Neck config.
        head (dict): Config of any head with MMPose's ``loss(feats, data_samples, train_cfg)``.
        view_loss (str | dict): Name or config, see :func:`fifa_mm.build_view_loss`.
        view_feature (str): ``'backbone'``: its output; ``'neck'``: the neck's; ``'head'``: the
            head's input, which is the neck's output where there is a neck.
        view_pool (int, optional): Cells along a side of the pooled feature. By default not pooled.
        view_ratio (float, optional): View loss over the head's losses where its own value is 1;
            None leaves it as ``view_loss`` says. The default was chosen for HRNet, see
            ``docs/results.md``.
        view_weights (tuple[float, float]): Weights of the head's losses on the clean and on the
            patched view (paper: both supervised; the average is our reading).
        **kwargs: Arguments of ``TopdownPoseEstimator``.

    Raises:
        ValueError: unknown ``view_feature`` or view loss, ``'neck'`` without a neck, no head,
            ``view_pool`` below 1, ``view_ratio`` not above 0, weights that are not two numbers of
            at least 0; in training, a batch without two views.
    """

    def __init__(
        self,
        backbone,
        neck=None,
        head=None,
        view_loss='DCCA',
        view_feature='backbone',
        view_pool=None,
        view_ratio=0.1,
        view_weights=(0.5, 0.5),
        **kwargs,
    ):
        if view_feature not in VIEW_FEATURES:
            raise ValueError(f'view_feature must be one of {VIEW_FEATURES}, got {view_feature!r}')
        if view_feature == 'neck' and neck is None:
            raise ValueError("view_feature='neck' needs a neck, got neck=None")
        if head is None:
            raise ValueError('SiamesePoseEstimator needs a head, got head=None')
        if view_pool is not None and view_pool < 1:
            raise ValueError(f'view_pool must be at least 1, got {view_pool!r}')
        if view_ratio is not None and not view_ratio > 0:
            raise ValueError(f'view_ratio must be above 0 or None, got {view_ratio!r}')
        if len(view_weights) != 2 or min(view_weights) < 0:
            raise ValueError(f'view_weights must be two numbers from 0 up, got {view_weights!r}')
        super().__init__(backbone=backbone, neck=neck, head=head, **kwargs)
        self.view_loss = build_view_loss(view_loss)
        self.view_feature = view_feature
        self.view_pool = view_pool
        self.view_ratio = view_ratio
        self.view_weights = tuple(view_weights)
        self.data_preprocessor.register_forward_pre_hook(concatenate_views)

    def loss(self, inputs, data_samples):
        """Losses of a batch of B images in two views.

        Args:
            inputs (Tensor): (2 B, C, H, W), the clean views before the patched ones.
            data_samples (list[PoseDataSample]): The B images' targets.

        Returns:
            dict: losses and logged values.
        """
        if len(inputs) != 2 * len(data_samples):
            raise ValueError(
                f'SiamesePoseEstimator trains on two views of each of {len(data_samples)} images, '
                f'got {len(inputs)} inputs: set `views=2` in FiducialFocus, or the model to '
                'TopdownPoseEstimator'
            )
        clean, patched = inputs.chunk(2)
        if equal_everywhere(clean, patched):
            return self._one_view_loss(clean, data_samples)
        feature, feats = self._extract(inputs)
        batch = len(clean)
        views = [take(feats, slice(batch)), take(feats, slice(batch, None))]
        losses = [self.head.loss(v, data_samples, train_cfg=self.train_cfg) for v in views]
        losses = combine(losses, self.view_weights)
        return losses | {'loss_view': self._scaled(self.view_loss(*feature.chunk(2)), losses)}

    def _one_view_loss(self, inputs, data_samples):
        feature, feats = self._extract(inputs)
        losses = self.head.loss(feats, data_samples, train_cfg=self.train_cfg)
        with torch.no_grad():
            loss_view = self.view_loss(feature, feature)
        losses = combine([losses], [sum(self.view_weights)])
        return losses | {'loss_view': self._scaled(loss_view, losses)}

    def _scaled(self, loss_view, losses):
        if self.view_ratio is None:
            return loss_view
        size = self.parse_losses(losses)[0].detach().abs()  # RLE's loss can be negative
        return self.view_ratio * size * loss_view

    def _extract(self, inputs):
        """The view loss's feature, (2 B, C, H, W) or (2 B, C), and the head's input."""
        maps = self.backbone(inputs)
        feats = self.neck(maps) if self.with_neck else maps
        feature = maps if self.view_feature == 'backbone' else feats
        feature = feature if isinstance(feature, torch.Tensor) else feature[-1]
        if self.view_pool is not None and feature.ndim == 4:
            feature = F.adaptive_avg_pool2d(feature, self.view_pool)
        return feature, feats


def concatenate_views(preprocessor, args):
    """Forward pre-hook of a data preprocessor: two views of B images become 2 B images.

    Samples of one view, (C, H, W), pass unchanged. Batch order: all first views, then all second.
    """
    data, *rest = args
    inputs = data['inputs']
    if inputs[0].ndim != 4:
        return None
    if any(len(views) != 2 for views in inputs):
        raise ValueError(
            'SiamesePoseEstimator takes 2 views, (2, C, H, W), of every image, got shapes '
            f'{[tuple(views.shape) for views in inputs]}: set `views=2` in FiducialFocus'
        )
    return {**data, 'inputs': [views[i] for i in (0, 1) for views in inputs]}, *rest


def equal_everywhere(a, b):
    """Whether two tensors are equal in every process: all must go the same way."""
    equal = torch.tensor(int(torch.equal(a, b)), device=a.device)
    all_reduce(equal, 'min')
    return bool(equal)


def take(feats, part):
    """Slice the batch of a tensor or of nested tuples or lists of tensors."""
    if isinstance(feats, (tuple, list)):
        return type(feats)(take(f, part) for f in feats)
    return feats[part]


def combine(losses, weights):
    """Sum dicts of losses with weights; what is not a loss is the first dict's."""
    first = losses[0]
    return {key: _weighted(key, [loss[key] for loss in losses], weights) for key in first}


def _weighted(key, values, weights):
    if 'loss' not in key:  # MMEngine's parse_losses adds up what has 'loss' in its name
        return values[0]
    if isinstance(values[0], (tuple, list)):
        return [_weighted(key, parts, weights) for parts in zip(*values, strict=True)]
    return sum(w * v for w, v in zip(weights, values, strict=True))


def name_the_argument(forward):
    """Wrap a preprocessor's ``forward``: two views in a stock model fail with what to change."""

    @functools.wraps(forward)
    def checked(self, data, training=False):
        try:
            return forward(self, data, training)
        except (AssertionError, IndexError) as error:
            shapes = {tuple(getattr(x, 'shape', ())) for x in data['inputs']}
            if not any(len(shape) == 4 for shape in shapes):
                raise
            raise ValueError(
                f'the model takes one view of an image, (C, H, W), got {sorted(shapes)}: set '
                "`views=1` in FiducialFocus, or the model's type to SiamesePoseEstimator"
            ) from error

    return checked


# MMPose's own message is 'index 2 is out of bounds for dimension 0 with size 2'.
PoseDataPreprocessor.forward = name_the_argument(PoseDataPreprocessor.forward)
