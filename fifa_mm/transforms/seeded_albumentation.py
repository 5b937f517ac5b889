"""MMPose's ``Albumentation``: with reproducible draws and this package's operations."""

import random
from typing import Any

import albumentations
import numpy as np
from mmpose.datasets.transforms import Albumentation
from mmpose.registry import TRANSFORMS

from fifa_mm.transforms import photometric

OPERATIONS = {
    operation.__name__: operation
    for operation in (
        photometric.NoiseFusion,
        photometric.RandomBlur,
        photometric.RandomGray,
        photometric.RandomOcclusion,
    )
}


@TRANSFORMS.register_module()
class SeededAlbumentation(Albumentation):
    """MMPose's ``Albumentation``, in whose place it is registered, with reproducible draws.

    albumentations 2 draws from generators of its own, which neither ``randomness=dict(seed=...)``
    nor the seeding of dataloader workers reaches: all workers that were forked from one process
    draw the same, and no two runs agree. Here these generators start anew at every image from
    NumPy's, as all other transforms of MMPose draw. Older albumentations do so already.

    ``transforms`` may name the classes of :mod:`fifa_mm.transforms.photometric` beside those of
    albumentations, which has none of these names.
    """

    def albu_builder(self, cfg: dict) -> albumentations.BasicTransform:
        """An operation from its config, whose ``type`` is a name."""
        return super().albu_builder({**cfg, 'type': OPERATIONS.get(cfg['type'], cfg['type'])})

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Augment one image; keys as in MMPose's transform."""
        if hasattr(self.aug, 'set_random_state'):
            seeds = np.random.randint(2**31, size=2)  # noqa: NPY002  (what MMEngine seeds)
            self.aug.set_random_state(np.random.default_rng(seeds[0]), random.Random(int(seeds[1])))
        return super().transform(results)
