"""The embedded dataset: faces rendered from a seed."""

import functools
from collections.abc import Sequence
from os import PathLike
from typing import Any

import cv2
import numpy as np
from mmengine.fileio import BaseStorageBackend, register_backend
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS
from mmpose.structures.bbox import bbox_cs2xyxy

from fifa_mm.checks import integer
from fifa_mm.datasets.landmark_sets import HOSTS, LandmarkSets
from fifa_mm.datasets.rendered_folder import check_folder_of, picture_path
from fifa_mm.rendering.contour import jaw
from fifa_mm.rendering.landmarks import defined
from fifa_mm.rendering.look import Look, sample_look
from fifa_mm.rendering.model import Face, Surface, sample_face
from fifa_mm.rendering.render import render

PREFIX = 'synthetic'


@DATASETS.register_module()
class SyntheticFaces(BaseCocoStyleDataset):
    """Faces rendered from a seed, in MMPose's format: no files, no download.

    ``img_path`` is an address that MMEngine's file functions read, see
    :class:`SyntheticFacesBackend`: MMPose's visualisation hooks find the picture there.

    One 3-D face model with varied identity, expression, pose, light, occlusion and background
    carries all landmark definitions; the face of a seed and index, its picture and its box are the
    same in each of them. A face depends on seed, index and image size alone, in any process and
    order of access. Training and validation take different seeds.

    Every landmark is labelled (visibility 1), the hidden ones too. On a cheek that is turned away,
    contour landmarks lie on the visible edge of the face, as in 300-W and WFLW.

    Each sample has the keys of MMPose's own face datasets (``bbox`` is the square around the
    tight box of the face's contour and brows, as in MMPose's 300W) and ``img``,
    (image_size, image_size, 3) uint8 BGR, which ``LoadImage`` takes; ``box_size``, the side of that
    square; and ``raw_ann_info``, which ``PackPoseInputs`` keeps, with ``yaw``, ``pitch``, ``roll``
    in degrees and WFLW's flags ``pose``, ``expression``, ``illumination``, ``make_up``,
    ``occlusion`` and ``blur``, 0 or 1.

    Args:
        num_landmarks: 68 (300-W), 98 (WFLW), 29 (COFW) or 19 (AFLW), with MMPose's own meta
            information of that dataset; or several of them, whose landmarks follow one another.
        points: JSON file of own landmarks in their place, see :mod:`fifa_mm.rendering.points`.
        num_samples: Number of faces, at least 1.
        image_size: Side of the square images in pixels, 32 to 512.
        seed: At least 0.
        folder: Where ``fifa_mm render-faces`` has put the pictures of this seed and size, which are
            then read and not rendered.
        pipeline, test_mode, indices, serialize_data, lazy_init, max_refetch: As in MMEngine's
            ``BaseDataset``.

    Raises:
        ValueError: An argument outside its range; a file of points or a folder of pictures of
            another form, or a folder of other pictures.
    """

    METAINFO = HOSTS[68].METAINFO  # what MMPose's inference reads where a config has no metainfo

    def __init__(
        self,
        num_landmarks: int | Sequence[int] = 68,
        num_samples: int = 1000,
        image_size: int = 160,
        seed: int = 0,
        points: str | PathLike | None = None,
        folder: str | PathLike | None = None,
        **kwargs: Any,
    ) -> None:
        self.sets = LandmarkSets(num_landmarks, points)
        integer('num_samples', num_samples, 1)
        integer('image_size', image_size, 32, 512)
        integer('seed', seed, 0)
        for name in ('ann_file', 'bbox_file', 'data_root'):
            if kwargs.get(name):
                raise ValueError(
                    f'{name} must be empty, SyntheticFaces reads no file, got {kwargs[name]!r}'
                )
        if kwargs.get('data_mode', 'topdown') != 'topdown':
            raise ValueError(f"data_mode must be 'topdown', got {kwargs['data_mode']!r}")
        self.num_samples, self.image_size, self.seed = int(num_samples), int(image_size), int(seed)
        self.folder = folder
        if folder is not None:
            check_folder_of(folder, self.seed, self.image_size, self.num_samples)
        self._places: dict[int, tuple] = {}  # finding it takes as long as the landmarks
        kwargs.setdefault('metainfo', self.sets.metainfo)
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Labels of all faces; the pictures are rendered when they are asked for."""
        return [self.labels(index) for index in range(self.num_samples)]

    def get_data_info(self, idx: int) -> dict[str, Any]:
        """Labels, meta information and picture of one face."""
        info = super().get_data_info(idx)
        if self.folder is None:
            info['img'] = self.picture(info['img_id'])
        return info

    def picture(self, index: int) -> np.ndarray:
        """(image_size, image_size, 3) uint8 BGR of one face."""
        surface, look = self.face(index)
        return render(surface, look, self.image_size, self._generator(index, 2))

    def _generator(self, index: int, stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, index, stream])

    def face(self, index: int) -> tuple[Surface, Look]:
        """Geometry and appearance of one face, placed in its picture."""
        rng = self._generator(index, 0)
        surface = Surface(sample_face(rng))
        if index not in self._places:
            outline = defined(surface, 98, jaw(surface, 33))
            self._places[index] = place(surface, outline, self.image_size, rng)
        return surface.placed(*self._places[index]), sample_look(self._generator(index, 1))

    def labels(self, index: int) -> dict[str, Any]:
        """What is known of one face, without its picture."""
        surface, look = self.face(index)
        contour = jaw(surface, 33)
        outline = surface.face.project(defined(surface, 98, contour))
        keypoints = surface.face.project(self.sets.read(surface, contour))
        low, high = np.floor(outline.min(0)), np.ceil(outline.max(0))
        center = ((low + high) / 2).astype(np.float32)[None]
        side = float((high - low).max())
        scale = np.full((1, 2), side, np.float32)
        return {
            'id': index,
            'img_id': index,
            'img_path': self._path(index),
            'bbox': bbox_cs2xyxy(center, scale),
            'bbox_center': center,
            'bbox_scale': scale,
            'bbox_score': np.ones(1, np.float32),
            'box_size': side,
            'num_keypoints': self.sets.count,
            'keypoints': keypoints.astype(np.float32)[None],
            'keypoints_visible': np.ones((1, self.sets.count), np.float32),
            'iscrowd': 0,
            'raw_ann_info': {'id': index, 'image_id': index, 'box_size': side}
            | attributes(surface.face, look),
        }

    def _path(self, index: int) -> str:
        if self.folder is not None:
            return str(picture_path(self.folder, index))
        return f'{PREFIX}://{self.seed}/{self.image_size}/{index}.png'


@register_backend(PREFIX, prefixes=PREFIX)
class SyntheticFacesBackend(BaseStorageBackend):
    """Reads ``synthetic://SEED/IMAGE_SIZE/INDEX.png``: renders that face."""

    def get(self, filepath: str) -> bytes:
        """The picture as the bytes of a PNG file."""
        seed, image_size, name = str(filepath).removeprefix(f'{PREFIX}://').split('/')
        faces = unloaded_faces(int(seed), int(image_size))
        return cv2.imencode('.png', faces.picture(int(name.removesuffix('.png'))))[1].tobytes()

    def get_text(self, filepath: str) -> str:
        raise NotImplementedError(f'{filepath} is a picture, not a text')


@functools.cache
def unloaded_faces(seed: int, image_size: int) -> 'SyntheticFaces':
    """The dataset without its labels."""
    return SyntheticFaces(seed=seed, image_size=image_size, lazy_init=True)


def place(
    surface: Surface, outline: np.ndarray, size: int, rng: np.random.Generator
) -> tuple[float, np.ndarray]:
    """Scale and centre with which points (K, 3) of a face lie in a square image."""
    points = surface.placed(1, (0, 0)).face.project(outline)
    low, high = points.min(0), points.max(0)
    scale = rng.uniform(0.56, 0.72) * size / (high - low).max()
    free = (size - 1 - scale * (high - low)) / 2
    shift = rng.uniform(-1, 1, 2) * np.minimum(0.85 * free, 0.08 * size)
    return scale, (size - 1) / 2 - scale * (low + high) / 2 + shift


def attributes(face: Face, look: Look) -> dict[str, Any]:
    """Pose in degrees, WFLW's six flags, spectacles (0 or 1) and the mean of the skin's colour."""
    yaw, pitch, roll = (float(np.rad2deg(angle)) for angle in (face.yaw, face.pitch, face.roll))
    return {
        'yaw': yaw,
        'pitch': pitch,
        'roll': roll,
        'pose': int(abs(yaw) > 25 or abs(pitch) > 14),
        'expression': int(face.mouth_open > 0.15 or face.smile > 0.7 or min(face.eye_open) < 0.4),
        'illumination': int(look.light[2] < 0.45 or look.light_colour.mean() < 0.5),
        'make_up': int(look.eye_shadow > 0.1),
        'occlusion': int(look.mask or look.hand or look.thing or look.glasses),
        'blur': int(look.blur > 0),
        'glasses': int(look.glasses),
        'skin': float(look.skin.mean()),
    }
