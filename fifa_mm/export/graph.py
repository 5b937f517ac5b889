"""What an exported file computes, as modules: the network alone, or from pixels to landmarks.

B faces, K landmarks, h x w input.
"""

import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn

from fifa_mm.export.decoders import decoder_of

# What rtmlib's RTMPose does to a BGR picture by default, and the samples of a pixel it assumes.
RTMLIB_MEAN, RTMLIB_STD, RTMLIB_SPLIT = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375), 2


class Plain(nn.Module):
    """The network: normalised (B, 3, h, w) to what its head decodes, as mmdeploy exports it."""

    def __init__(self, model: TopdownPoseEstimator):
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor) -> Tensor | tuple:
        features = self.model.extract_feat(inputs)
        head = self.model.head
        return getattr(head, 'decodable', head.forward)(features)


class Decoded(nn.Module):
    """Pixels to landmarks: (B, h, w, 3) uint8 to landmarks (B, K, 2), input pixels, and scores.

    Args:
        model: A top-down model with ``PoseDataPreprocessor``.
        channels: Order of the pixels' channels, ``'bgr'`` or ``'rgb'``.

    Raises:
        ValueError: a head whose codec cannot be decoded in a graph.
    """

    mean: Tensor  # (3, 1, 1)
    std: Tensor

    def __init__(self, model: TopdownPoseEstimator, channels: str = 'bgr'):
        super().__init__()
        self.plain = Plain(model)
        self.codec = model.head.decoder
        self.decode = decoder_of(self.codec)
        preprocessor = model.data_preprocessor
        self.swap = preprocessor._channel_conversion == (channels == 'bgr')
        mean, std = torch.zeros(3, 1, 1), torch.ones(3, 1, 1)
        if preprocessor._enable_normalize:
            mean, std = preprocessor.mean.expand(3, 1, 1), preprocessor.std.expand(3, 1, 1)
        self.register_buffer('mean', mean.clone())
        self.register_buffer('std', std.clone())

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        return self.landmarks(crops.permute(0, 3, 1, 2).to(self.mean.dtype))

    def landmarks(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Landmarks and scores from pixels (B, 3, h, w) of 0 to 255."""
        if self.swap:
            pixels = torch.cat([pixels[:, 2:], pixels[:, 1:2], pixels[:, :1]], 1)
        maps = self.plain((pixels - self.mean) / self.std)
        return self.decode(self.codec, *(maps if isinstance(maps, tuple) else (maps,)))


class RTMLib(nn.Module):
    """What ``rtmlib.RTMPose`` reads: SimCC vectors of landmarks on a grid of half a pixel.

    It feeds BGR pixels that it normalised with the mean and deviation of RGB (rtmlib#48), takes the
    maximum of each vector and divides its place by 2. Each vector is the score at the landmark's
    nearest place and lower by 1 elsewhere: scores of heatmaps may be negative. Places outside the
    input become its border.
    """

    mean: Tensor  # (3, 1, 1)
    std: Tensor

    def __init__(self, model: TopdownPoseEstimator):
        super().__init__()
        self.decoded = Decoded(model, 'bgr')
        self.register_buffer('mean', torch.tensor(RTMLIB_MEAN).view(3, 1, 1))
        self.register_buffer('std', torch.tensor(RTMLIB_STD).view(3, 1, 1))

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        height, width = inputs.shape[2:]
        points, scores = self.decoded.landmarks(inputs * self.std + self.mean)
        x, y = points.unbind(-1)
        return vectors(x, scores, RTMLIB_SPLIT * width), vectors(y, scores, RTMLIB_SPLIT * height)


def vectors(place: Tensor, scores: Tensor, length: int) -> Tensor:
    """Vectors (B, K, length): ``scores`` at the place (B, K) in pixels, lower by 1 elsewhere."""
    nearest = (RTMLIB_SPLIT * place).round().clamp(0, length - 1)[..., None]
    there = torch.arange(length).to(place) == nearest
    return scores[..., None] + (there.to(place) - 1)
