"""Trained networks that are compared on the same faces."""

from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config

from fifa_mm.predict.labelled import LabelledFaces, load_faces
from fifa_mm.predict.torch_network import TorchNetwork


def config_beside(checkpoint: str | Path) -> Path:
    """The config that a training wrote into its work directory, where its checkpoint lies.

    Raises:
        FileNotFoundError: there is no config, or more than one.
    """
    folder = Path(checkpoint).parent
    found = sorted(folder.glob('*.py'))
    if len(found) != 1:
        names = ', '.join(path.name for path in found) or 'none'
        raise FileNotFoundError(f'one config must lie beside {checkpoint}, found {names}')
    return found[0]


def open_networks(
    checkpoints: Sequence[str | Path], configs: Sequence[str | Path] | None = None
) -> list[TorchNetwork]:
    """Networks that take the same crops.

    Args:
        checkpoints: Their weights.
        configs: One for each; by default the config beside each checkpoint.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: they differ in landmarks, size or padding; see also :class:`TorchNetwork`.
    """
    if configs is None:
        configs = [config_beside(path) for path in checkpoints]
    networks = [TorchNetwork(*pair) for pair in zip(configs, checkpoints, strict=True)]
    for key in ('num_landmarks', 'size', 'padding'):
        values = [getattr(network, key) for network in networks]
        if any(value != values[0] for value in values):
            raise ValueError(f'networks must have the same {key}, got {values}')
    return networks


def shared_faces(network: TorchNetwork, source: Config | None, count: int) -> LabelledFaces:
    """Test faces as a network takes them.

    Args:
        network: One of those compared.
        source: Config whose test faces these are, by default the network's own.
        count: How many, evenly spaced.

    Raises:
        FileNotFoundError: the data are not there.
        ValueError: they have another number of landmarks.
    """
    own = network.model.cfg
    faces = load_faces(source or own, 'test', count, own.test_dataloader.dataset.pipeline)
    if faces.keypoints.shape[1] != network.num_landmarks:
        raise ValueError(
            f'the faces have {faces.keypoints.shape[1]} landmarks, the networks '
            f'{network.num_landmarks}'
        )
    return faces
