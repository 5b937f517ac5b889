"""Landmarks from ADNet's heatmaps, edges and points, and the three losses."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmpose.models.heads.base_head import BaseHead
from mmpose.models.losses import AdaptiveWingLoss
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import Tensor
from torch.nn import functional as F

from fifa_mm.definitions import Edge
from fifa_mm.models.heads.accuracy import landmark_accuracy
from fifa_mm.models.heads.map_predictions import MapPredictions
from fifa_mm.models.losses.anisotropic_direction_loss import AnisotropicDirectionLoss


@MODELS.register_module()
class ADNetHead(MapPredictions, BaseHead):
    """Anisotropic attention, centroid and losses of ADNet (Huang et al., ICCV 2021); no parameters.

    Source of the facts: https://github.com/huangyangyu/ADNet. The attention of a landmark is the
    sum of the edge maps it lies on (1 if on none) times its point map; the landmark is the centroid
    of attention times heatmap. Losses of the S stacks are summed with weights 2^(i - S + 1), i from
    0; the anisotropy of the direction loss is read from the last stack's attention for all of them.

    The losses of the maps are weighted 11 where the target, dilated by 3 x 3, is at least 0.2, and
    1 elsewhere: MMPose's ``AdaptiveWingLoss`` knows only weights of 0 and 1, so it is taken twice,
    everywhere and there. Maps of weight 0 (not labelled) count 0. Scores are the maxima of the
    point maps; flip test averages maps that sum to 1.

    Args:
        decoder: :class:`fifa_mm.EdgeHeatmap`; also says which landmark is on which edge.
        init_cfg: As in any module of MMEngine.

    Raises:
        ValueError: a decoder without edges; maps that do not fit the decoder or the targets.
    """

    def __init__(self, decoder: dict, init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(init_cfg)
        self.decoder = KEYPOINT_CODECS.build(decoder)
        if not hasattr(self.decoder, 'edges'):
            raise ValueError(
                f"decoder must be a codec with edges: dict(type='EdgeHeatmap'), got {decoder!r}"
            )
        self.landmark_loss = AnisotropicDirectionLoss()
        self.map_loss = AdaptiveWingLoss(use_target_weight=True, loss_weight=10.0)
        member = edge_membership(self.decoder.edges, self.decoder.num_landmarks)
        self.register_buffer('membership', torch.as_tensor(member), persistent=False)

    def forward(self, feats: Sequence) -> Tensor:
        """Last stack's attention times heatmap, (B, K, h, w): its centroid is the landmark.

        Args:
            feats: Output of :class:`fifa_mm.ADNet`.
        """
        heatmaps, edges, points = self._stacks(feats)[-1]
        return heatmaps * self.attention(edges, points)

    def attention(self, edges: Tensor, points: Tensor) -> Tensor:
        """Anisotropic attention (B, K, h, w) of edge maps (B, E, h, w), point maps (B, K, h, w)."""
        return landmark_attention(edges, points, self.membership)

    def loss(
        self,
        feats: Sequence,
        batch_data_samples: list,
        train_cfg: dict = {},  # noqa: B006  (as in MMPose)
    ) -> dict[str, Tensor]:
        """Losses of a batch of B faces.

        Args:
            feats: Output of :class:`fifa_mm.ADNet`.
            batch_data_samples: Targets of :class:`fifa_mm.EdgeHeatmap`.
            train_cfg: ``compute_acc=False`` leaves the accuracy out.

        Returns:
            ``loss_landmark``, ``loss_edge``, ``loss_point`` and ``acc_pose``, the share of
            landmarks within 5 % of the side.
        """
        stacks = self._stacks(feats)
        fields = [sample.gt_fields for sample in batch_data_samples]
        labels = [sample.gt_instance_labels for sample in batch_data_samples]
        point_maps = torch.stack([f.heatmaps for f in fields])  # (B, K, h, w)
        edge_maps = torch.stack([f.edge_heatmaps for f in fields])  # (B, E, h, w)
        target = torch.cat([x.keypoint_labels for x in labels])  # (B, K, 2)
        normals = torch.cat([x.keypoint_normals for x in labels])  # (B, K, 2)
        weights = torch.cat([x.keypoint_weights for x in labels])  # (B, K)
        edge_weights = torch.cat([x.edge_weights for x in labels])  # (B, E)
        if point_maps.shape != stacks[-1][2].shape:
            raise ValueError(
                f'the targets have maps of shape {tuple(point_maps.shape)}, the backbone gives '
                f"{tuple(stacks[-1][2].shape)} (B, K, h, w): change the codec's heatmap_size"
            )
        masks = [self.attention(edges, points) for _, edges, points in stacks]
        predicted = [
            self.decoder.labels(heatmaps * mask)
            for (heatmaps, _, _), mask in zip(stacks, masks, strict=True)
        ]
        ratio = self.landmark_loss.ratio(masks[-1], predicted[-1], normals)
        losses: dict[str, Any] = {'loss_landmark': 0, 'loss_edge': 0, 'loss_point': 0}
        for i, ((_, edges, points), xy) in enumerate(zip(stacks, predicted, strict=True)):
            share = 2.0 ** (i - len(stacks) + 1)
            losses['loss_landmark'] += share * self.landmark_loss(
                xy, target, normals, ratio, weights
            )
            losses['loss_edge'] += share * self._map_loss(edges, edge_maps, edge_weights)
            losses['loss_point'] += share * self._map_loss(points, point_maps, weights)
        if train_cfg.get('compute_acc', True):
            losses['acc_pose'] = landmark_accuracy(predicted[-1], target, weights, 0.1)
        return losses

    def decodable(self, feats: Sequence) -> tuple[Tensor, Tensor]:
        """What ``decode`` takes: normalised landmark maps and point maps of the last stack."""
        maps = self.forward(feats)
        total = maps.sum((-2, -1), keepdim=True)
        return maps / torch.where(total > 0, total, 1), self._stacks(feats)[-1][2]

    def _stacks(self, feats: Sequence) -> list[tuple[Tensor, ...]]:
        """Maps of all stacks in float32, checked."""
        counts = self.membership.shape
        shape = feats[0][1].shape
        if (feats[0][0].shape[1], shape[1]) != tuple(counts):
            raise ValueError(
                f"the decoder has {counts[0]} landmarks and {counts[1]} edges, the backbone's maps "
                f'{feats[0][0].shape[1]} and {shape[1]}: change num_landmarks or num_edges'
            )
        if tuple(shape[:-3:-1]) != self.decoder.heatmap_size:
            raise ValueError(
                f"the decoder's heatmap_size is {self.decoder.heatmap_size}, the backbone's maps "
                f'are {tuple(shape[:-3:-1])} (w, h)'
            )
        return [tuple(m.float() for m in maps) for maps in feats[:-1]]

    def _map_loss(self, predicted: Tensor, target: Tensor, weights: Tensor) -> Tensor:
        weights = weights[..., None, None].expand_as(target)
        near = F.max_pool2d(target, 3, stride=1, padding=1) >= 0.2
        everywhere = self.map_loss(predicted, target, weights)
        return everywhere + 10 * self.map_loss(predicted, target, weights * near)


def landmark_attention(edges: Tensor, points: Tensor, membership: Tensor) -> Tensor:
    """Sum of the edge maps a landmark is on, or 1 if it is on none, times its point map.

    Args:
        edges: (B, E, h, w).
        points: (B, K, h, w).
        membership: (K, E) of 0 and 1.

    Returns:
        (B, K, h, w).
    """
    with torch.autocast(edges.device.type, enabled=False):
        summed = torch.einsum('ke,behw->bkhw', membership, edges.float())
        alone = (membership.sum(1) == 0).to(summed)
        return (summed + alone[:, None, None]) * points.float()


def edge_membership(edges: Sequence[Edge], num_landmarks: int) -> np.ndarray:
    """Which of K landmarks is on which of E edges, (K, E) float32 of 0 and 1."""
    member = np.zeros((num_landmarks, len(edges)), np.float32)
    for number, edge in enumerate(edges):
        member[list(edge.landmarks), number] = 1
    return member
