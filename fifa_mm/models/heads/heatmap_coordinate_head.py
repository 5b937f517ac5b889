"""Head supervised by heatmaps and by the coordinates decoded from them."""

import numpy as np
import torch
from mmengine.structures import PixelData
from mmpose.evaluation.functional import keypoint_pck_accuracy
from mmpose.models.heads import HeatmapHead
from mmpose.models.utils.tta import flip_heatmaps
from mmpose.registry import MODELS
from mmpose.utils.tensor_utils import to_numpy
from torch.nn import functional as F


@MODELS.register_module()
class HeatmapCoordinateHead(HeatmapHead):
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
        in_channels (int | Sequence[int]): Channels of the last feature map.
        out_channels (int): Number of landmarks K.
        decoder (dict): Codec with ``labels(heatmaps)``: :class:`fifa_mm.GaussianHeatmap`.
        heatmap_loss (dict, optional): Loss of logits and target maps, both (B, K, H, W), with
            weights of the same shape. By default ``BCELoss``.
        coordinate_loss (dict, optional): Loss of coordinates, (B, K, 2) in [0, 1] units, with
            weights of the same shape. By default ``L1Loss``.
        deconv_out_channels (Sequence[int], optional): Widths of upsampling layers, each doubling
            the map, as in ``HeatmapHead``. None by default: the feature is as large as the
            heatmaps.
        **kwargs: The other arguments of ``HeatmapHead``, except ``loss``.

    Raises:
        ValueError: a decoder that knows no coordinates; in training, maps of another size than the
            targets', or a target that is not finite.
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        decoder,
        heatmap_loss=None,
        coordinate_loss=None,
        deconv_out_channels=None,
        **kwargs,
    ):
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

    def loss(self, feats, batch_data_samples, train_cfg={}):  # noqa: B006  (as in MMPose)
        """Losses of a batch of B faces.

        Args:
            feats (tuple[Tensor]): Feature maps; the last one is used.
            batch_data_samples (list[PoseDataSample]): Targets of :class:`fifa_mm.GaussianHeatmap`.
            train_cfg (dict): ``compute_acc=False`` leaves the accuracy out.

        Returns:
            dict: ``loss_heatmap``, ``loss_coordinate`` and ``acc_pose``, the share of landmarks
            within 5 % of the input's side.
        """
        logits = self.forward(feats).float()
        samples = batch_data_samples
        heatmaps = torch.stack([d.gt_fields.heatmaps for d in samples])  # (B, K, H, W)
        labels = torch.cat([d.gt_instance_labels.keypoint_labels for d in samples])  # (B, K, 2)
        weights = torch.cat([d.gt_instance_labels.keypoint_weights for d in samples])  # (B, K)
        self._check(logits, heatmaps, labels)
        predicted = self.decoder.labels(sigmoid_maps(logits))
        weights_map = weights[..., None, None].expand_as(heatmaps)
        weights_xy = weights[..., None].expand_as(labels)
        losses = {
            'loss_heatmap': self.loss_module(logits, heatmaps, weights_map),
            'loss_coordinate': self.coordinate_loss(predicted, labels, weights_xy),
        }
        if train_cfg.get('compute_acc', True):
            _, accuracy, _ = keypoint_pck_accuracy(
                pred=to_numpy(predicted),
                gt=to_numpy(labels),
                mask=to_numpy(weights) > 0,
                thr=0.05,
                norm_factor=np.ones((len(labels), 2), np.float32),
            )
            losses['acc_pose'] = torch.tensor(accuracy, device=labels.device)
        return losses

    def predict(self, feats, batch_data_samples, test_cfg={}):  # noqa: B006  (as in MMPose)
        """Landmarks of a batch of B faces.

        Args:
            feats (tuple[Tensor] | list[tuple[Tensor]]): Feature maps, or those of the images and
                of the flipped images with ``flip_test``.
            batch_data_samples (list[PoseDataSample]): Their ``flip_indices`` are used.
            test_cfg (dict): ``flip_test``, ``flip_mode``, ``shift_heatmap``, ``output_heatmaps``.

        Returns:
            list[InstanceData]: ``keypoints`` (1, K, 2) in input pixels, ``keypoint_scores`` (1, K).
            With ``output_heatmaps`` also a list of ``PixelData``: ``heatmaps`` (K, H, W) in [0, 1].
        """
        if test_cfg.get('flip_test', False):
            original, flipped = (self.forward(f).float().sigmoid() for f in feats)
            flipped = flip_heatmaps(
                flipped,
                flip_indices=batch_data_samples[0].metainfo['flip_indices'],
                flip_mode=test_cfg.get('flip_mode', 'heatmap'),
                shift_heatmap=test_cfg.get('shift_heatmap', False),
            )
            heatmaps = (original + flipped) / 2
        else:
            heatmaps = self.forward(feats).float().sigmoid()
        predictions = self.decode(heatmaps)
        if test_cfg.get('output_heatmaps', False):
            return predictions, [PixelData(heatmaps=maps) for maps in heatmaps.detach()]
        return predictions

    def _check(self, logits, heatmaps, labels):
        if logits.shape != heatmaps.shape:
            raise ValueError(
                f'the head gives maps of shape {tuple(logits.shape)}, the targets have '
                f'{tuple(heatmaps.shape)} (B, K, H, W): change out_channels, deconv_out_channels '
                "or the codec's heatmap_size"
            )
        if not torch.isfinite(heatmaps.sum() + labels.sum()):
            raise ValueError('the targets hold NaN or infinite heatmaps or keypoint_labels')


def sigmoid_maps(logits):
    """Sigmoid of the logits, up to a factor for each map, which no decoder notices.

    The factor puts the maximum of every map at 1: logits far below 0 keep their centroid.

    Args:
        logits (Tensor): (B, K, H, W).
    """
    logs = F.logsigmoid(logits)
    return (logs - logs.detach().amax((-2, -1), keepdim=True)).exp()
