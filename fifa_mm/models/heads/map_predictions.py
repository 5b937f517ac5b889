"""Predictions of heads that decode maps."""

from collections.abc import Sequence
from typing import Any

from mmengine.structures import PixelData
from mmpose.models.utils.tta import flip_heatmaps
from torch import Tensor


class MapPredictions:
    """Gives a head MMPose's ``predict``, flip test included; the head has ``decodable``.

    ``decodable(feats)`` is what ``decode`` takes: maps (B, K, h, w), or several such in a tuple, of
    which the first are the heatmaps. Flip test averages all of them.
    """

    decodable: Any
    decode: Any

    def predict(
        self,
        feats: Sequence,
        batch_data_samples: list,
        test_cfg: dict = {},  # noqa: B006  (as in MMPose)
    ) -> list | tuple[list, list]:
        """Landmarks of a batch of B faces.

        Args:
            feats: What the head is given, or that of the images and of the flipped images with
                ``flip_test``.
            batch_data_samples: Their ``flip_indices`` are used.
            test_cfg: ``flip_test``, ``flip_mode``, ``shift_heatmap``, ``output_heatmaps``.

        Returns:
            Instances: ``keypoints`` (1, K, 2) in input pixels, ``keypoint_scores`` (1, K). With
            ``output_heatmaps`` also a list of ``PixelData``: ``heatmaps`` (K, h, w).
        """
        if test_cfg.get('flip_test', False):
            options = {
                'flip_indices': batch_data_samples[0].metainfo['flip_indices'],
                'flip_mode': test_cfg.get('flip_mode', 'heatmap'),
                'shift_heatmap': test_cfg.get('shift_heatmap', False),
            }
            views = zip(*(as_tuple(self.decodable(f)) for f in feats), strict=True)
            maps = tuple((a + flip_heatmaps(b, **options)) / 2 for a, b in views)
        else:
            maps = as_tuple(self.decodable(feats))
        predictions = self.decode(maps)
        if test_cfg.get('output_heatmaps', False):
            return predictions, [PixelData(heatmaps=m) for m in maps[0].detach()]
        return predictions


def as_tuple(maps: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return maps if isinstance(maps, tuple) else (maps,)
