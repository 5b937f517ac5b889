"""The paper's standard augmentation f_A1: crop, random geometry and photometric operations.

The paper names seven operations and no number (Sec. 4). Numbers and order are those of FaRL, whose
face-alignment augmentations match the names one to one (https://github.com/FacePerceiver/FaRL).
"""

import random
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import get_udp_warp_matrix, get_warp_matrix

from fifa_mm.checks import flag, integer, number, size
from fifa_mm.focus.epoch import EPOCH, sample_generator
from fifa_mm.transforms.photometric import (
    NoiseFusion,
    RandomBlur,
    RandomGray,
    RandomOcclusion,
    random_gamma,
)

GEOMETRIC = ('RM', 'BI')
PHOTOMETRIC = ('RO', 'NF', 'RGr', 'RGm', 'RB')  # in the order they are applied
# Largest shift in shares of the crop, rotation in radians and distance from the mean scale.
SHIFT, ROTATION, SCALE_DELTA = 0.05, 0.174, 0.1


@TRANSFORMS.register_module()
class StandardAugment(BaseTransform):
    """Crop and standard augmentation f_A1 (paper Eq. 3, Sec. 4), in the place of ``TopdownAffine``.

    ``RM`` random geometric matrix (the paper: "random masking"), ``BI`` bilinear instead of nearest
    interpolation, ``RO`` random occlusion, ``NF`` noise fusion, ``RGr`` random grey, ``RGm`` random
    gamma, ``RB`` random blur; whatever the order they are named in, they run in this one. ``RM``
    and the crop are one warp. There is no flip: put ``RandomFlip`` before. Draws depend on (seed,
    epoch, sample index, view) alone. The ranges are FaRL's.

    Scale: FaRL takes a box of side s around the face and scales the picture about its centre by
    U(mu - 0.1, mu + 0.1), so that s / mu is seen on average. Here ``bbox_scale`` is taken for
    ``context`` * s (set it to the padding of ``GetBBoxCenterScale``), and the crop is bbox_scale /
    (context * scale). With the defaults, FaRL's for 300W and WFLW, context * mu = 1.25 * 0.8 = 1:
    without ``RM`` the crop is that of ``TopdownAffine``, as in validation. FaRL's AFLW is
    ``scale_mu=1, context=1`` after ``GetBBoxCenterScale(padding=1.0)``, in validation too.

    Required Keys:

        - img: (H, W, 3) uint8, BGR
        - bbox_center: (1, 2) pixels; with ``input_size``
        - bbox_scale: (1, 2) pixels; with ``input_size``
        - bbox_rotation (optional): (1,) degrees
        - keypoints (optional): (1, K, 2) pixels
        - sample_idx (optional)
        - view (optional)

    Modified Keys (without ``input_size`` img alone):

        - img: (h, w, 3) uint8
        - bbox_center, bbox_scale, bbox_rotation: of the crop, as drawn
        - keypoints_visible: as by ``TopdownAffine`` where there are no keypoints

    Added Keys (with ``input_size``):

        - transformed_keypoints: (1, K, 2) pixels of the crop
        - input_size, input_center, input_scale: as by ``TopdownAffine``

    Args:
        input_size: Width and height of the crop. ``None``: the image is
            a crop already, and only photometric operations apply.
        ops: Operations to apply. By default all of them; without
            ``input_size`` all photometric ones.
        scale_mu: Mean scale, also without RM.
        context: How many times the face's box ``bbox_scale`` spans.
        use_udp: As in ``TopdownAffine``.
        epoch: Fixed epoch, to look at a dataset without training.

    Raises:
        ValueError: an argument outside its range; a result that lacks a key or holds an image that
            is not (H, W, 3) uint8, a box without area or landmarks that are not finite.
        RuntimeError: nobody sets the epoch.
    """

    def __init__(
        self,
        input_size: Sequence[int] | None = None,
        ops: Sequence[str] | None = None,
        scale_mu: float = 0.8,
        context: float = 1.25,
        use_udp: bool = False,
        epoch: int | None = None,
    ) -> None:
        number('scale_mu', scale_mu, above=SCALE_DELTA)
        number('context', context, above=0)
        flag('use_udp', use_udp)
        integer('epoch', epoch, 0, optional=True)
        self.input_size = None if input_size is None else size('input_size', input_size)
        self.ops = check_ops(ops, input_size)
        self.scale_mu, self.context = scale_mu, context
        self.use_udp = use_udp
        self.epoch = epoch
        photometric = {
            'RO': RandomOcclusion((0.2, 0.8)),
            'NF': NoiseFusion(p=0.5),
            'RGr': RandomGray(0.1),
            'RGm': random_gamma((0.5, 1.0, 2.0)),
            'RB': RandomBlur(0.01),
        }
        self.photometric = [photometric[op] for op in self.ops if op in photometric]
        self._shared_epoch = EPOCH

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop and augment one sample."""
        check_results(results, cropped=self.input_size is None)
        if self.input_size is not None:
            self._crop(results)
        if self.photometric:
            results['img'] = self._change_pixels(results)
        return results

    def _crop(self, results: dict[str, Any]) -> None:
        assert self.input_size is not None
        size = np.array(self.input_size)
        shift, rotation, scale = np.zeros(2), 0.0, self.scale_mu
        if 'RM' in self.ops:
            rng = self._generator(results, 'geometry')
            shift = rng.uniform(-SHIFT, SHIFT, 2) * size
            rotation = rng.uniform(-ROTATION, ROTATION)
            scale += rng.uniform(-SCALE_DELTA, SCALE_DELTA)
        rotation = np.degrees(rotation) + results.get('bbox_rotation', [0.0])[0]
        matrix, center, box = crop_matrix(
            results['bbox_center'][0],
            results['bbox_scale'][0] / (self.context * scale),
            rotation,
            shift,
            self.input_size,
            self.use_udp,
        )
        flags = cv2.INTER_LINEAR if 'BI' in self.ops else cv2.INTER_NEAREST
        results['img'] = cv2.warpAffine(results['img'], matrix, self.input_size, flags=flags)
        if results.get('keypoints') is None:
            results['transformed_keypoints'] = np.zeros([])
            results['keypoints_visible'] = np.ones((1, 1, 1))
        else:
            points = results['keypoints'].copy()
            points[..., :2] = cv2.transform(points[..., :2], matrix)
            results['transformed_keypoints'] = points
        results['bbox_center'], results['bbox_scale'] = center[None], box[None]
        results['bbox_rotation'] = np.array([rotation])
        results['input_size'] = self.input_size
        results['input_center'], results['input_scale'] = center, box

    def _change_pixels(self, results: dict[str, Any]) -> np.ndarray:
        rng, image = self._generator(results, 'pixels'), results['img']
        state = random.Random(int(rng.integers(2**63)))
        for op in self.photometric:
            op.set_random_state(rng, state)
            image = op(image=image)['image']
        return image

    def _generator(self, results: dict[str, Any], part: str) -> np.random.Generator:
        return sample_generator(results, f'StandardAugment.{part}', self.epoch)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(input_size={self.input_size}, ops={list(self.ops)})'


def crop_matrix(
    center: np.ndarray,
    box: np.ndarray,
    rotation: float,
    shift: np.ndarray,
    size: Sequence[int],
    use_udp: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Warp of a rotated box to a crop, as ``TopdownAffine`` defines it, then shifted.

    Args:
        center: Centre (2,) of the box in pixels of the image.
        box: Width and height (2,) of the box, enlarged here to the crop's proportions.
        rotation: Degrees, in the sense of MMPose's ``bbox_rotation``.
        shift: Shift (2,) of the picture in pixels of the crop.
        size: Width and height of the crop.
        use_udp: As in ``TopdownAffine``.

    Returns:
        matrix (2, 3) from image to crop, and centre (2,) and size (2,) of what it shows.
    """
    w, h = size
    box = np.maximum(box, box[::-1] * np.array([w / h, h / w], box.dtype))
    warp = get_udp_warp_matrix if use_udp else get_warp_matrix
    matrix = warp(center, box, rotation, output_size=size).astype(np.float64)
    matrix[:, 2] += shift
    center = center - np.linalg.solve(matrix[:, :2], shift).astype(center.dtype)
    return matrix, center, box


def check_ops(ops: Sequence[str] | None, input_size: Sequence[int] | None) -> tuple[str, ...]:
    """``ops`` as a tuple in the order of application."""
    known = PHOTOMETRIC if input_size is None else GEOMETRIC + PHOTOMETRIC
    ops = known if ops is None else ops
    if isinstance(ops, str):
        raise ValueError(f'ops must be a list of names, got {ops!r}')
    for op in ops:
        if op in GEOMETRIC and input_size is None:
            raise ValueError(f'ops holds {op!r}, which needs an input_size, got ops={list(ops)}')
        if op not in known:
            raise ValueError(f'ops must be among {known}, got {op!r}')
    if len(set(ops)) < len(ops):
        raise ValueError(f'ops must not repeat a name, got {list(ops)}')
    return tuple(op for op in known if op in ops)


def check_results(results: dict[str, Any], cropped: bool) -> None:
    """Raise ValueError if ``results`` are not what :class:`StandardAugment` can augment."""
    needed = ('img',) if cropped else ('img', 'bbox_center', 'bbox_scale')
    if missing := [key for key in needed if key not in results]:
        raise ValueError(f'StandardAugment needs the keys {missing}, got {sorted(results)}')
    image = results['img']
    if getattr(image, 'dtype', None) != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        got = getattr(image, 'shape', type(image).__name__), getattr(image, 'dtype', None)
        raise ValueError(f'img must be (H, W, 3) uint8 in BGR order, got {got}')
    if cropped:
        return
    center, box = results['bbox_center'], results['bbox_scale']
    if np.shape(center) != (1, 2) or np.shape(box) != (1, 2):
        raise ValueError(
            f'bbox_center and bbox_scale must be (1, 2), got {np.shape(center)}, {np.shape(box)}'
        )
    if not (np.isfinite(center).all() and np.isfinite(box).all() and np.all(box > 0)):
        raise ValueError(f'the box must be finite and have an area, got {center=}, {box=}')
    keypoints = results.get('keypoints')
    if keypoints is not None and not np.isfinite(keypoints).all():
        bad = np.argwhere(~np.isfinite(keypoints).all(-1))[:, -1].tolist()
        raise ValueError(f'keypoints must be finite, got NaN or infinity in landmarks {bad}')
