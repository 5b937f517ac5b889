"""A network of PyTorch, from a config and a checkpoint of MMPose."""

from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config, ConfigDict
from mmengine.runner import CheckpointLoader
from mmengine.structures import InstanceData
from mmpose.apis import init_model
from mmpose.structures import PoseDataSample

from fifa_mm.config_check import datasets
from fifa_mm.predict.boxes import TrainingBox, training_box
from fifa_mm.weights import load_all

# Steps that a test pipeline may have: those that draw the crop, and those that leave it.
KNOWN_STEPS = (
    'LoadImage',
    'LandmarkBox',
    'GetBBoxCenterScale',
    'TopdownAffine',
    'PackPoseInputs',
)


class TorchNetwork:
    """Predicts landmarks in crops with an MMPose model.

    Args:
        config: Config file, or config, of a top-down model.
        checkpoint: Weights of that config.
        device: ``'cpu'``, ``'cuda'``, ``'cuda:1'``, ...
        flip_test: Also predict the mirrored crop, as ``test_cfg.flip_test`` of a config says.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a config that draws its crops otherwise than :mod:`fifa_mm.predict.boxes`, a
            checkpoint of another config, or a device that is not there.
    """

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path,
        device: str = 'cpu',
        flip_test: bool = False,
    ):
        self.device = check_device(device)
        if not isinstance(config, Config):
            if not Path(config).is_file():
                raise FileNotFoundError(f'no config at {config}')
            config = Config.fromfile(config)
        dataset = config.test_dataloader.dataset
        self.size, self.padding, by_landmarks = crop_settings(dataset.pipeline)
        self.box = TrainingBox() if by_landmarks else training_box(dataset_type(dataset))
        self.model = init_model(config, None, str(self.device))
        if not Path(checkpoint).is_file():
            raise FileNotFoundError(f'no checkpoint at {checkpoint}')
        content = CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu')
        load_all(self.model, content, str(checkpoint))
        meta = content.get('meta', {}).get('dataset_meta')
        self.model.dataset_meta = meta or self.model.dataset_meta
        self.model.test_cfg = {**(self.model.test_cfg or {}), 'flip_test': flip_test}
        self.num_landmarks = len(self.model.dataset_meta['flip_indices'])
        self.sets = landmark_sets(dataset, self.num_landmarks)

    def __call__(self, crops: np.ndarray) -> tuple:
        """Landmarks (N, K, 2) in pixels of the crops and scores (N, K), of (N, h, w, 3) uint8."""
        return self.landmarks(self.normalised(crops))

    def normalised(self, crops: np.ndarray) -> torch.Tensor:
        """What the backbone is given, (N, 3, h, w), of crops (N, h, w, 3) uint8."""
        inputs = torch.from_numpy(crops).permute(0, 3, 1, 2)
        batch = {'inputs': list(inputs), 'data_samples': [self._sample() for _ in crops]}
        return self.model.data_preprocessor(batch)['inputs']

    @torch.no_grad()
    def landmarks(self, inputs: torch.Tensor) -> tuple:
        """Landmarks and scores of normalised inputs (N, 3, h, w)."""
        results = self.model.predict(inputs, [self._sample() for _ in inputs])
        faces = [result.pred_instances for result in results]
        points = np.concatenate([face.keypoints for face in faces])
        return points, np.concatenate([face.keypoint_scores for face in faces])

    def _sample(self) -> PoseDataSample:
        """The crop as an image of its own: landmarks come back in its pixels."""
        size = np.array(self.size, np.float32)
        frame = {'input_size': self.size, 'input_center': size / 2, 'input_scale': size}
        flip_indices = self.model.dataset_meta['flip_indices']
        sample = PoseDataSample(metainfo={**frame, 'flip_indices': flip_indices})
        whole = np.array([[0, 0, *size]], np.float32)
        sample.gt_instances = InstanceData(bboxes=whole, bbox_scores=np.ones(1, np.float32))
        return sample


def check_device(device: str) -> torch.device:
    """The device of this name.

    Raises:
        ValueError: PyTorch knows no such device, or this machine has none.
    """
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f'device must be a device of PyTorch, got {device!r}') from error
    if found.type == 'cuda' and (found.index or 0) >= torch.cuda.device_count():
        raise ValueError(
            f"device '{device}' is not there: PyTorch {torch.__version__} sees "
            f"{torch.cuda.device_count()} CUDA devices; take device='cpu'"
        )
    return found


def crop_settings(pipeline: list) -> tuple:
    """Input size (w, h) and padding of a test pipeline, and whether it crops by the landmarks.

    Raises:
        ValueError: it has a step that draws the crop otherwise, or lacks one.
    """
    steps = {step['type'].rpartition('.')[2]: step for step in pipeline}
    if unknown := [name for name in steps if name not in KNOWN_STEPS]:
        raise ValueError(
            f'the test pipeline must consist of {", ".join(KNOWN_STEPS)}, it also has {unknown}'
        )
    if 'TopdownAffine' not in steps or 'GetBBoxCenterScale' not in steps:
        raise ValueError(
            f'the test pipeline must have GetBBoxCenterScale and TopdownAffine, has {list(steps)}'
        )
    affine = steps['TopdownAffine']
    if affine.get('use_udp'):
        raise ValueError('TopdownAffine must not have use_udp=True, which crops differently')
    padding = steps['GetBBoxCenterScale'].get('padding', 1.25)
    return tuple(affine['input_size']), padding, 'LandmarkBox' in steps


def landmark_sets(dataset: ConfigDict, num_landmarks: int) -> tuple:
    """Numbers of landmarks of the definitions that follow one another in a data set's labels."""
    _, first = next(datasets(dataset, 'dataset'))
    several = first.get('num_landmarks')
    return tuple(several) if isinstance(several, list | tuple) else (num_landmarks,)


def dataset_type(dataset: ConfigDict) -> str:
    """Class name of a data set's config; a wrapper stands for the first in it."""
    _, first = next(datasets(dataset, 'dataset'))
    return first['type'].rpartition('.')[2]
