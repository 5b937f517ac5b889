"""Landmarks of faces in pictures, by a config and a checkpoint."""

from pathlib import Path

from mmengine.config import Config

from fifa_mm.predict.detectors import Detector
from fifa_mm.predict.pipeline import FacePipeline
from fifa_mm.predict.torch_network import TorchNetwork


class Landmarker(FacePipeline):
    """Finds faces and predicts their landmarks with a model of MMPose.

    Any top-down config of this project or of MMPose whose test pipeline only crops. Without
    PyTorch: :class:`fifa_mm.onnx.Landmarker`, which takes an exported file and gives the same.

    Args:
        config: Config file, or config.
        checkpoint: Weights of that config.
        device: ``'cpu'``, ``'cuda'``, ``'cuda:1'``, ...
        flip_test: Also predict the mirrored crops: twice the time, a smaller error.
        detector, batch_size, passes, landmarks: See :class:`fifa_mm.predict.FacePipeline`.

    Raises:
        FileNotFoundError: no config or checkpoint there.
        ValueError: a checkpoint of another config, a device that is not there, ...

    Example::

        landmarker = fifa_mm.Landmarker('configs/demo.py', 'work_dirs/demo/epoch_12.pth')
        for face in landmarker('photo.jpg'):
            face.keypoints  # (68, 2) pixels of the photo
    """

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path,
        device: str = 'cpu',
        detector: str | Detector | None = 'auto',
        batch_size: int = 32,
        passes: int = 1,
        flip_test: bool = False,
        landmarks: int | None = None,
    ):
        network = TorchNetwork(config, checkpoint, device, flip_test)
        super().__init__(network, detector, batch_size, passes, landmarks)
