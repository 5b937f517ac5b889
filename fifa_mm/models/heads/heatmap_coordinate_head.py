"""Head supervised by heatmaps and by the coordinates decoded from them."""

from collections.abc import Sequence
from typing import Any

import torch
from mmpose.models.heads import HeatmapHead
from mmpose.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from fifa_mm import checks
from fifa_mm.models.heads.accuracy import landmark_accuracy
from fifa_mm.models.heads.map_predictions import MapPredictions

ACTIVATIONS = ('sigmoid', 'softmax')


@MODELS.register_module()
class HeatmapCoordinateHead(MapPredictions, HeatmapHead):
    """MMPose's ``HeatmapHead`` with two losses: on the heatmaps and on their coordinates.

    Paper Sec. 3: binary cross-entropy between logits and Gaussian, plus the mean absolute error of
    the coordinates, weight 1 each. The coordinates are decoded from the sigmoid of the logits by
    the same decoder as in testing, and are compared in [0, 1] units of the input
    (``keypoint_labels`` of :class:`fifa_mm.GaussianHeatmap`); predictions are in input pixels. The
    decoder ``'argmax'`` has no gradient: with it the heatmap loss alone is learned from.

    Both losses are weighted by visibility and averaged over all landmarks, unlabelled ones counting
    0, as MMPose's losses do. Flip test averages the sigmoid maps; ``test_cfg`` has the keys of
    ``HeatmapHead``, of which ``shift_heatmap`` should stay ``False`` (see the codec).

    A start from flat maps at 0.5 takes long to forget at small learning rates. ``init_cfg`` with
    MMEngine's ``bias_prob`` starts the last layer elsewhere; not in the paper.

    Args:
        in_channels: Channels of the last feature map.
        out_channels: Number of landmarks K.
        decoder: Codec with ``labels(heatmaps)``: :class:`fifa_mm.GaussianHeatmap`.
        heatmap_loss: Loss of logits and target maps, both (B, K, H, W), with
            weights of the same shape. By default ``BCELoss``.
        coordinate_loss: Loss of coordinates, (B, K, 2) in [0, 1] units, with
            weights of the same shape. By default ``L1Loss``.
        activation: What makes maps that can be decoded of the logits: ``'sigmoid'`` of every
            pixel, or ``'softmax'`` over the map, for losses of which only differences of logits are
            learned, as :class:`fifa_mm.StructuredHeatmapLoss`.
        deconv_out_channels: Widths of upsampling layers, each doubling
            the map, as in ``HeatmapHead``. None by default: the feature is as large as the
            heatmaps.
        **kwargs: The other arguments of ``HeatmapHead``, except ``loss``.

    Raises:
        ValueError: a decoder that knows no coordinates; in training, maps of another size than the
            targets', or a target that is not finite.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        out_channels: int,
        decoder: dict,
        heatmap_loss: dict | None = None,
        coordinate_loss: dict | None = None,
        activation: str = 'sigmoid',
        deconv_out_channels: Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            deconv_out_channels=deconv_out_channels,
            decoder=decoder,
            loss=heatmap_loss or {'type': 'BCELoss', 'use_target_weight': True},
            **kwargs,
        )
        if not hasattr(self.decoder, 'labels'):
            raise ValueError(
                "decoder must be a codec with the method `labels`: dict(type='GaussianHeatmap'), "
                f'got {decoder!r}'
            )
        coordinate_loss = coordinate_loss or {'type': 'L1Loss', 'use_target_weight': True}
        self.coordinate_loss = MODELS.build(coordinate_loss)
        self.activation = checks.choice('activation', activation, ACTIVATIONS)

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: list,
        train_cfg: dict = {},  # noqa: B006  (as in MMPose)
    ) -> dict[str, Tensor]:
        """Losses of a batch of B faces.

        Args:
            feats: Feature maps; the last one is used.
            batch_data_samples: Targets of :class:`fifa_mm.GaussianHeatmap`.
            train_cfg: ``compute_acc=False`` leaves the accuracy out.

        Returns:
            ``loss_heatmap``, ``loss_coordinate`` and ``acc_pose``, the share of landmarks
            within 5 % of the input's side.
        """
        logits = self.forward(feats).float()
        samples = batch_data_samples
        heatmaps = torch.stack([d.gt_fields.heatmaps for d in samples])  # (B, K, H, W)
        labels = torch.cat([d.gt_instance_labels.keypoint_labels for d in samples])  # (B, K, 2)
        weights = torch.cat([d.gt_instance_labels.keypoint_weights for d in samples])  # (B, K)
        self._check(logits, heatmaps, labels)
        maps = sigmoid_maps(logits) if self.activation == 'sigmoid' else softmax_maps(logits)
        predicted = self.decoder.labels(maps)
        weights_map = weights[..., None, None].expand_as(heatmaps)
        weights_xy = weights[..., None].expand_as(labels)
        losses = {
            'loss_heatmap': self.loss_module(logits, heatmaps, weights_map),
            'loss_coordinate': self.coordinate_loss(predicted, labels, weights_xy),
        }
        if train_cfg.get('compute_acc', True):
            losses['acc_pose'] = landmark_accuracy(predicted, labels, weights, 0.05)
        return losses

    def decodable(self, feats: Sequence[Tensor]) -> Tensor:
        """What ``decode`` takes: maps (B, K, H, W), float32, sigmoid or softmax of the logits."""
        logits = self.forward(feats).float()
        return logits.sigmoid() if self.activation == 'sigmoid' else softmax_maps(logits)

    def _check(self, logits: Tensor, heatmaps: Tensor, labels: Tensor) -> None:
        if logits.shape != heatmaps.shape:
            raise ValueError(
                f'the head gives maps of shape {tuple(logits.shape)}, the targets have '
                f'{tuple(heatmaps.shape)} (B, K, H, W): change out_channels, deconv_out_channels '
                "or the codec's heatmap_size"
            )
        if not torch.isfinite(heatmaps.sum() + labels.sum()):
            raise ValueError('the targets hold NaN or infinite heatmaps or keypoint_labels')


def softmax_maps(logits: Tensor) -> Tensor:
    """Softmax over each map of logits (B, K, H, W)."""
    return logits.flatten(-2).softmax(-1).view_as(logits)


def sigmoid_maps(logits: Tensor) -> Tensor:
    """Sigmoid of the logits, up to a factor for each map, which no decoder notices.

    The factor puts the maximum of every map at 1: logits far below 0 keep their centroid.

    Args:
        logits: (B, K, H, W).
    """
    logs = F.logsigmoid(logits)
    return (logs - logs.detach().amax((-2, -1), keepdim=True)).exp()
