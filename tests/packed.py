"""Data samples as PackPoseInputs gives them, without pictures."""

from collections.abc import Sequence

import numpy as np
from mmengine.structures import InstanceData, PixelData
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.structures import PoseDataSample


def packed(
    codec: BaseKeypointCodec,
    points: np.ndarray,
    visible: np.ndarray | None = None,
    flip_indices: Sequence[int] = (),
) -> list[PoseDataSample]:
    """Samples with a codec's targets of landmarks (B, K, 2), labelled where (B, K) is above 0."""
    samples = []
    for i, face in enumerate(points):
        encoded = codec.encode(face[None], None if visible is None else visible[i][None])
        sample = PoseDataSample(metainfo={'flip_indices': list(flip_indices)})
        labels = {key: encoded[key] for key in codec.label_mapping_table}
        sample.gt_instance_labels = InstanceData(**labels).to_tensor()
        fields = {key: encoded[key] for key in codec.field_mapping_table}
        sample.gt_fields = PixelData(**fields).to_tensor()
        samples.append(sample)
    return samples
