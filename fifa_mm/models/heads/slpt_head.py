"""Sparse local patch transformer (SLPT): coordinates from patches around the landmarks."""

from collections.abc import Sequence
from typing import Any

import torch
from mmpose.models.heads import RegressionHead
from mmpose.registry import MODELS
from torch import Tensor, nn

from fifa_mm.checks import integer, number, numbers
from fifa_mm.definitions import DEFINITIONS
from fifa_mm.models.heads.accuracy import landmark_accuracy
from fifa_mm.models.heads.mean_shape import FRAME, load_mean_shape
from fifa_mm.models.heads.relation import RelationDecoder, patch_boxes, sample_patches

PATCH_SAMPLES = 7  # along a side of a patch


@MODELS.register_module()
class SLPTHead(RegressionHead):
    """Sparse local patch transformer of Xia et al., CVPR 2022.

    Landmarks start at the mean shape. In each of three stages a patch of the feature map is sampled
    around every landmark and turned into one token, relation layers connect the tokens, and every
    landmark becomes a point of its patch: its upper left corner plus its size times the output. The
    next stage has patches of half the size around the result. All stages share all weights. Written
    from the description of the published network; of its parameters one LayerNorm is left out that
    is never called.

    Landmarks are shares of the input's sides, as :class:`mmpose.codecs.RegressionLabel` encodes
    them; predictions are in input pixels. ``fc`` maps a relation layer's output to a point of the
    patch. It starts at the patch's middle (ours; the description does not say). Prediction and flip
    test are those of ``RegressionHead``, from the last layer of the last stage.

    The loss of a stage is the mean over the relation layers' outputs; logged as ``loss_stage1``,
    ... with their weights in them, and ``acc_pose``, the share of landmarks within 5 % of the
    input's side.

    Args:
        in_channels: Channels of the last feature map that the head is given.
        num_joints: Number of landmarks K.
        mean_shape: Where the landmarks start, (K, 2) in pixels of a 256 x 256
            crop: a file of ``fifa_mm mean-shape`` (the original's: from the training annotations),
            the numbers, or ``'synthetic'``, which needs no file, see
            :func:`fifa_mm.models.heads.mean_shape.load_mean_shape`. It is part of the checkpoint.
        channels: Width C of tokens and relation layers.
        conv_channels: Widths of 1x1 convolutions with BN and ReLU before the one
            that reduces the map to ``channels``. None are needed.
        num_layers, num_heads, feedforward_channels, dropout: Of the relation layers.
        patch_sizes: Sides of the patches of each stage as shares of the input's
            side.
        stage_weights: Weights of the stages' losses.
        loss: Loss of landmarks (B, K, 2) and targets with weights (B, K, 1). By
            default :class:`fifa_mm.NMELoss` with the eye corners of 19, 29, 68 or 98 landmarks.
        decoder: ``RegressionLabel``, which turns shares into pixels.
        init_cfg: As in MMPose.

    Raises:
        ValueError: an argument outside its range, a mean shape of another number of landmarks, no
            loss for a number of landmarks without known eye corners.
        FileNotFoundError: no file of the mean shape.
    """

    def __init__(
        self,
        in_channels: int,
        num_joints: int,
        mean_shape: Any,
        channels: int = 256,
        conv_channels: Sequence[int] = (),
        num_layers: int = 6,
        num_heads: int = 8,
        feedforward_channels: int = 1024,
        dropout: float = 0.1,
        patch_sizes: Sequence[float] = (1 / 4, 1 / 8, 1 / 16),
        stage_weights: Sequence[float] = (0.2, 0.3, 0.5),
        loss: dict | None = None,
        decoder: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        numbers('patch_sizes', patch_sizes, above=0, high=1)
        numbers('stage_weights', stage_weights, len(patch_sizes), 0)
        integer('num_layers', num_layers, 1)
        integer('num_heads', num_heads, 1)
        integer('channels', channels, 1, divisor=num_heads)
        number('dropout', dropout, 0, below=1)
        loss = loss or {'type': 'NMELoss', 'eyes': eye_corners(num_joints)}
        # One point for each token: the parent's `fc` is the layer C -> 2.
        super().__init__(channels, num_joints=1, loss=loss, decoder=decoder, init_cfg=init_cfg)
        self.in_channels, self.num_joints = in_channels, num_joints
        self.patch_sizes = tuple(patch_sizes)
        self.stage_weights = tuple(stage_weights)
        start = load_mean_shape(mean_shape, num_joints) / FRAME
        self.register_buffer('mean_shape', torch.tensor(start.tolist()))
        self.reduce = reduction(in_channels, conv_channels, channels)
        self.to_token = nn.Conv2d(channels, channels, PATCH_SAMPLES, bias=False)
        self.relation = RelationDecoder(
            num_joints, num_layers, channels, num_heads, feedforward_channels, dropout
        )

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Landmarks (B, K, 2), shares of the input's sides.

        Args:
            feats: Feature maps (B, C, H, W); the last one is used.
        """
        return self.stages(feats)[-1][-1]

    def stages(self, feats: Sequence[Tensor]) -> list[Tensor]:
        """Landmarks of all relation layers of each stage, a list of (L, B, K, 2)."""
        feature = self.reduce(feats[-1])
        landmarks, results = self.mean_shape.expand(feature.shape[0], -1, -1).float(), []
        for size in self.patch_sizes:
            low, high = patch_boxes(landmarks.detach(), size / 2)
            patches = sample_patches(feature, low, high, PATCH_SAMPLES)
            tokens = self.to_token(patches.flatten(0, 1)).reshape(*low.shape[:2], -1)
            state = self.relation(tokens).float()
            # A point in bfloat16 is off by up to half a pixel in 256.
            with torch.autocast(tokens.device.type, enabled=False):
                points = self.fc(state)
            results.append(low + (high - low) * points)
            landmarks = results[-1][-1]
        return results

    def loss(
        self,
        inputs: Sequence[Tensor],
        batch_data_samples: list,
        train_cfg: dict = {},  # noqa: B006  (as in MMPose)
    ) -> dict[str, Tensor]:
        """Losses of a batch of B faces.

        Args:
            inputs: Feature maps; the last one is used.
            batch_data_samples: Targets of ``RegressionLabel``.
            train_cfg: ``compute_acc=False`` leaves the accuracy out.

        Returns:
            ``loss_stage1``, ..., and ``acc_pose``.
        """
        labels = [d.gt_instance_labels for d in batch_data_samples]
        target = torch.cat([d.keypoint_labels for d in labels])  # (B, K, 2)
        weight = torch.cat([d.keypoint_weights for d in labels])[..., None]
        stages, losses = self.stages(inputs), {}
        if target.shape != stages[-1][-1].shape:
            raise ValueError(
                f'keypoint_labels must have shape {tuple(stages[-1][-1].shape)}, got '
                f'{tuple(target.shape)}: num_joints is {self.num_joints}'
            )
        for i, (points, factor) in enumerate(zip(stages, self.stage_weights, strict=True), 1):
            repeat = (len(points), 1, 1)
            losses[f'loss_stage{i}'] = factor * self.loss_module(
                points.flatten(0, 1), target.repeat(repeat), weight.repeat(repeat)
            )
        if train_cfg.get('compute_acc', True):
            losses['acc_pose'] = landmark_accuracy(stages[-1][-1], target, weight[..., 0], 0.05)
        return losses

    @property
    def default_init_cfg(self) -> list[dict]:
        middle = {'type': 'Normal', 'name': 'fc', 'std': 0.01, 'bias': 0.5}
        linear = {'type': 'Xavier', 'layer': 'Linear', 'distribution': 'uniform'}
        return [linear | {'override': middle}]


def reduction(in_channels: int, conv_channels: Sequence[int], channels: int) -> nn.Sequential:
    """1x1 convolutions to ``channels``, BN and ReLU between them."""
    layers, width = [], in_channels
    for out in conv_channels:
        layers += [nn.Conv2d(width, out, 1), nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
        width = out
    return nn.Sequential(*layers, nn.Conv2d(width, channels, 1))


def eye_corners(num_joints: int) -> Sequence:
    """Indices of the outer eye corners, by the number of landmarks."""
    if num_joints not in DEFINITIONS:
        raise ValueError(
            f'loss must be given for num_joints={num_joints}: outer eye corners are known for '
            f"{sorted(DEFINITIONS)} landmarks; for instance dict(type='NMELoss', eyes=(i, j))"
        )
    return DEFINITIONS[num_joints].eye_corners
