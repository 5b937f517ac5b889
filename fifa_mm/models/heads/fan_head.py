"""Heatmap head that supervises every stack of FAN."""

from collections.abc import Sequence
from typing import Any

import torch
from mmpose.models.heads import HeatmapHead
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class FANHead(HeatmapHead):
    """MMPose's ``HeatmapHead`` on the last stack, and the same loss on the heatmaps of the others.

    FAN trains every stack against the same targets, with equal weights (Bulat and Tzimiropoulos,
    ICCV 2017). Predictions are those of the last stack.

    SH-FAN's sub-pixel targets and local soft-argmax are the codec's:
    ``dict(type='GaussianHeatmap', decoder='local', window=5, temperature=10, ...)``.

    Args:
        in_channels: Channels of the last feature map.
        out_channels: Number of landmarks K.
        deconv_out_channels: As in ``HeatmapHead``; None by default.
        **kwargs: The other arguments of ``HeatmapHead``.

    Raises:
        ValueError: in training, heatmaps of another shape than the targets'.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        out_channels: int,
        deconv_out_channels: Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, out_channels, deconv_out_channels, **kwargs)

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Heatmaps of the last stack, in float32 whatever autocast says."""
        return super().forward(feats).float()

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: list,
        train_cfg: dict = {},  # noqa: B006  (as in MMPose)
    ) -> dict[str, Tensor]:
        """Losses of a batch of B faces.

        Args:
            feats: Heatmaps (B, K, H, W) of each stack but the last, then the
                feature (B, C, H, W) of the last: the output of :class:`fifa_mm.FAN`.
            batch_data_samples: Targets.
            train_cfg: As in ``HeatmapHead``.

        Returns:
            ``loss_kpt`` and ``acc_pose`` of the last stack as in ``HeatmapHead``, and
            ``loss_stack1``, ``loss_stack2``, ... of the others.
        """
        targets = torch.stack([d.gt_fields.heatmaps for d in batch_data_samples])
        weights = torch.cat([d.gt_instance_labels.keypoint_weights for d in batch_data_samples])
        for maps in feats[:-1]:
            if maps.shape != targets.shape:
                raise ValueError(
                    f'a stack gives heatmaps of shape {tuple(maps.shape)}, the targets have '
                    f"{tuple(targets.shape)} (B, K, H, W): change the backbone's num_landmarks or "
                    "the codec's heatmap_size"
                )
        losses = super().loss(feats, batch_data_samples, train_cfg)
        for i, maps in enumerate(feats[:-1], 1):
            losses[f'loss_stack{i}'] = self.loss_module(maps.float(), targets, weights)
        return losses
