"""How much of a batch is found, for the log."""

import torch
from torch import Tensor


def landmark_accuracy(
    predicted: Tensor, target: Tensor, weights: Tensor, threshold: float
) -> Tensor:
    """Share of faces in which a landmark is closer than a threshold, averaged over the landmarks.

    MMPose's ``keypoint_pck_accuracy`` on the tensors' own device, which a GPU need not be waited
    for. B faces, K landmarks.

    Args:
        predicted: (B, K, 2).
        target: (B, K, 2), in the same unit.
        weights: (B, K), above 0 where labelled. The others, and landmarks that no face has, are
            left out.
        threshold: Distance in that unit.

    Returns:
        A scalar in [0, 1]; 0 where nothing is labelled.
    """
    labelled = weights > 0
    near = torch.linalg.vector_norm(predicted.detach() - target, dim=-1) < threshold
    faces = labelled.sum(0)  # (K,)
    shares = (near & labelled).sum(0) / faces.clamp(min=1)
    return shares.sum() / (faces > 0).sum().clamp(min=1)
