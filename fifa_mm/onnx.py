"""Landmarks of faces by an exported file, without PyTorch and MMPose.

Needs NumPy, OpenCV and onnxruntime, and a face detector unless boxes are given.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fifa_mm import checks
from fifa_mm.predict.boxes import Relation, TrainingBox
from fifa_mm.predict.detectors import Detector
from fifa_mm.predict.metadata import Metadata
from fifa_mm.predict.pipeline import FacePipeline

if TYPE_CHECKING:
    import onnxruntime

# Trained on rendered faces alone by `make embedded`: 68 and 98 landmarks.
EMBEDDED = Path(__file__).with_name('predict') / 'embedded.onnx'
PROVIDERS = {'cpu': 'CPUExecutionProvider', 'cuda': 'CUDAExecutionProvider'}


class OnnxNetwork:
    """Predicts landmarks in crops with a file of ``fifa_mm export --decode``.

    Args:
        model: Path of the file, or its bytes.
        device: ``'cpu'`` or ``'cuda'``.
        threads: Of the processor; by default as many as onnxruntime thinks best.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: no ONNX file, one of another program or another form, or a device that is not
            there.
        ImportError: onnxruntime is not installed.
    """

    def __init__(self, model: str | Path | bytes, device: str = 'cpu', threads: int | None = None):
        name = 'the model' if isinstance(model, bytes) else str(model)
        self._session = open_session(model, name, device, threads)
        properties = self._session.get_modelmeta().custom_metadata_map
        self.metadata = Metadata.loads(properties, name)
        if self.metadata.form != 'decode':
            raise ValueError(
                f'{name} gives no landmarks, it was exported as {self.metadata.form!r}: export it '
                'with --decode'
            )
        self.size = tuple(self.metadata.input_size)
        self.padding = self.metadata.padding
        self.num_landmarks = self.metadata.num_landmarks
        self.sets = self.metadata.sets or (self.num_landmarks,)
        self.box = TrainingBox(
            Relation(*self.metadata.box_from_face), Relation(*self.metadata.box_from_landmarks)
        )

    def __call__(self, crops: np.ndarray) -> tuple:
        """Landmarks (N, K, 2) in pixels of the crops and scores (N, K), of (N, h, w, 3) uint8."""
        if self.metadata.channels == 'rgb':
            crops = crops[..., ::-1]
        return tuple(self._session.run(None, {'input': np.ascontiguousarray(crops)}))


class Landmarker(FacePipeline):
    """Finds faces and predicts their landmarks with a file of ``fifa_mm export --decode``.

    Args:
        model: Path of the file; by default the model in this package.
        device: ``'cpu'`` or ``'cuda'``.
        threads: Of the processor; by default as many as onnxruntime thinks best.
        detector, batch_size, passes, landmarks: See :class:`fifa_mm.predict.FacePipeline`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: see :class:`OnnxNetwork`, or an argument outside its range.
        ImportError: onnxruntime or the detector's package is not installed.

    Example::

        landmarker = fifa_mm.onnx.Landmarker()  # or a file of your own
        for face in landmarker('photo.jpg'):
            face.keypoints  # (68, 2) pixels of the photo
    """

    def __init__(
        self,
        model: str | Path = EMBEDDED,
        device: str = 'cpu',
        threads: int | None = None,
        detector: str | Detector | None = 'auto',
        batch_size: int = 32,
        passes: int = 1,
        landmarks: int | None = None,
    ):
        network = OnnxNetwork(model, device, threads)
        super().__init__(network, detector, batch_size, passes, landmarks)


def open_session(
    model: str | Path | bytes, name: str, device: str, threads: int | None
) -> 'onnxruntime.InferenceSession':
    """An onnxruntime session of a file or its bytes; the errors of :class:`OnnxNetwork`."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(f'{error}: `pip install onnxruntime`') from error
    checks.integer('threads', threads, 1, optional=True)
    kind = str(device).partition(':')[0]
    if kind not in PROVIDERS or PROVIDERS[kind] not in onnxruntime.get_available_providers():
        raise ValueError(
            f'device {device!r} is not there: this onnxruntime has '
            f'{", ".join(onnxruntime.get_available_providers())}'
        )
    if not isinstance(model, bytes) and not Path(model).is_file():
        raise FileNotFoundError(f'no model at {model}')
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or 0
    content = model if isinstance(model, bytes) else Path(model).read_bytes()
    try:
        return onnxruntime.InferenceSession(content, options, providers=[PROVIDERS[kind]])
    except Exception as error:  # onnxruntime's own classes have Exception as their only base
        reason = str(error).splitlines()[0]
        raise ValueError(f'{name} is no ONNX file that onnxruntime can run: {reason}') from error
