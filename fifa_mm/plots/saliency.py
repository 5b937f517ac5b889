"""Grad-CAM of landmark networks: which parts of a face its landmarks are found by.

B images, K landmarks, h x w input. Source: Selvaraju et al., Grad-CAM, ICCV 2017, as captum has it.
"""

from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.figure import Figure
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn


class Peaks(nn.Module):
    """Normalised images (B, 3, h, w) to the sum of the maxima of their landmarks' maps (B,).

    ``last`` gives the head's last feature map as it is: captum looks at it there.

    Args:
        model: A model whose head makes maps of a last feature map.
    """

    def __init__(self, model: TopdownPoseEstimator):
        super().__init__()
        self.model, self.last = model, nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        features = self.model.extract_feat(images)
        head = type(self.model.head).__name__
        if not isinstance(features, list | tuple):
            features = [features]
        if not isinstance(features[-1], Tensor):
            raise ValueError(f'Grad-CAM needs a last feature map, {head} takes several')
        maps = self.model.head.forward([*features[:-1], self.last(features[-1])])
        if not isinstance(maps, Tensor) or maps.ndim != 4:
            raise ValueError(f'Grad-CAM needs a head that makes a map a landmark, {head} does not')
        return maps.flatten(2).amax(2).sum(1)


def grad_cam(model: TopdownPoseEstimator, images: Tensor) -> np.ndarray:
    """What raised the landmarks' peaks, (B, h, w) from 0 to 1, the largest value of each face 1.

    Args:
        model: In evaluation mode.
        images: Normalised, (B, 3, h, w).

    Raises:
        ImportError: captum is not installed.
        ValueError: a head without maps, or with several feature maps.
    """
    try:
        from captum.attr import LayerAttribution, LayerGradCam
    except ImportError as error:
        raise ImportError(f"{error}: `pip install 'fifa_mm[figures]'`") from error
    peaks = Peaks(model)
    with torch.enable_grad():
        found = LayerGradCam(peaks, peaks.last).attribute(images, relu_attributions=True)
    large = LayerAttribution.interpolate(found, images.shape[2:], 'bilinear')[:, 0].detach()
    return (large / large.amax((1, 2), keepdim=True).clamp(min=1e-12)).cpu().numpy()


def draw_saliency(
    painted: np.ndarray, images: np.ndarray, maps: Mapping[str, np.ndarray]
) -> Figure:
    """The faces with patches in the first row, then a row of heat maps for each network.

    Args:
        painted: Faces with patches (N, h, w, 3), BGR, uint8.
        images: The same without.
        maps: Of each network, by its name, (N, h, w) from 0 to 1.
    """
    rows = 1 + len(maps)
    figure = Figure(figsize=(1.8 * len(images) + 0.5, 1.85 * rows), layout='constrained')
    grid = figure.subplots(rows, len(images), squeeze=False)
    for axes in grid.flat:
        axes.set_xticks([])
        axes.set_yticks([])
    for axes, name in zip(grid[:, 0], ['patches', *maps], strict=True):
        axes.set_ylabel(name)
    for axes, image in zip(grid[0], painted, strict=True):
        axes.imshow(image[..., ::-1])
    for row, heat in zip(grid[1:], maps.values(), strict=True):
        for axes, image, values in zip(row, images, heat, strict=True):
            axes.imshow(image[..., ::-1])
            axes.imshow(values, cmap='jet', alpha=0.5, vmin=0, vmax=1)
    return figure
