"""Two draws of the augmentation, with targets of their own."""

import copy

import torch
from mmcv.transforms import BaseTransform, Compose
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class IndependentViews(BaseTransform):
    """Runs the rest of a pipeline twice and packs both results, as one sample of two views.

    Not in the paper, whose Eq. 4 has one draw of f_A1 for both views; its Sec. 3.3 speaks of "two
    different augmentations". Last in a pipeline, before :class:`fifa_mm.SiamesePoseEstimator`. A
    ``FiducialFocus`` among the transforms paints the second view alone, while there are patches;
    there are two views in every epoch. What both views must share, such as a flip, which exchanges
    landmarks, goes before.

    Required Keys:

        - what the transforms require

    Added Keys (of each run alone):

        - view: 0 or 1; with it the draws of this package's transforms differ

    Output Keys:

        - inputs: (2, C, H, W)
        - data_samples: of the first view; its ``second_view`` is that of the second

    Args:
        transforms: transforms from the geometry to ``PackPoseInputs``.

    Raises:
        ValueError: no list of transforms; results without packed inputs, or two of unlike sizes.
    """

    def __init__(self, transforms: list):
        if not isinstance(transforms, list | tuple) or not transforms:
            raise ValueError(f'transforms must be a list of one or more, got {transforms!r}')
        self.transforms = Compose(
            [TRANSFORMS.build(t) if isinstance(t, dict) else t for t in transforms]
        )

    def transform(self, results: dict) -> dict | None:
        """Pack two views of one sample; None if the transforms drop one."""
        views = [self.transforms({**copy.deepcopy(results), 'view': i}) for i in (0, 1)]
        if None in views:
            return None
        if any('inputs' not in view for view in views):
            raise ValueError(
                'IndependentViews packs two samples: its transforms must end with PackPoseInputs, '
                f'got the keys {sorted(views[0])}'
            )
        first, second = (view['inputs'] for view in views)
        if first.shape != second.shape or first.ndim != 3:
            raise ValueError(
                'the two views must have one shape (C, H, W), got '
                f'{tuple(first.shape)} and {tuple(second.shape)}'
            )
        sample = views[0]['data_samples']
        sample.second_view = views[1]['data_samples']
        return {'inputs': torch.stack([first, second]), 'data_samples': sample}

    def __repr__(self) -> str:
        return f'{type(self).__name__}(transforms={self.transforms})'
