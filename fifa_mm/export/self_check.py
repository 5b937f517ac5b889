"""Compares an exported model with PyTorch on rendered faces."""

from collections.abc import Callable

import numpy as np
import onnx
import torch
from mmpose.models.heads import RegressionHead

from fifa_mm.datasets.synthetic import SyntheticFaces
from fifa_mm.export.graph import RTMLIB_MEAN, RTMLIB_SPLIT, RTMLIB_STD
from fifa_mm.onnx import OnnxNetwork, open_session
from fifa_mm.predict.boxes import crop
from fifa_mm.predict.metadata import Metadata
from fifa_mm.predict.torch_network import TorchNetwork

FACES, TOLERANCE = 32, 0.01  # pixels of the input
ROUNDING = 3e-6  # change of the input that stands for the rounding of a whole network
STEADY = 0.99  # least share of the landmarks that rounding does not move


def rendered_crops(network: TorchNetwork, count: int = FACES) -> np.ndarray:
    """Crops (N, h, w, 3) of rendered faces as a network sees them."""
    side = int(np.clip(max(network.size), 64, 256))
    faces = SyntheticFaces(num_samples=count, image_size=side, seed=7)
    samples = [faces.get_data_info(i) for i in range(count)]
    return np.stack([crop(s['img'], s['bbox'][0], network.padding, network.size) for s in samples])


def feed(form: str, network: TorchNetwork, crops: np.ndarray) -> np.ndarray:
    """What the input of a form is for crops (N, h, w, 3), BGR."""
    if form == 'decode':
        return crops
    if form == 'plain':
        return network.normalised(crops).cpu().numpy()
    pixels = (crops - np.array(RTMLIB_MEAN)) / np.array(RTMLIB_STD)
    return pixels.transpose(0, 3, 1, 2).astype(np.float32)


class NumpyRunner:
    """Runs an exported model of any form on crops, and decodes what it gives.

    Args:
        model: The exported model.
        network: What it was exported from, which prepares and decodes for the form ``'plain'``.
    """

    def __init__(self, model: onnx.ModelProto, network: TorchNetwork):
        content = model.SerializeToString()
        properties = {item.key: item.value for item in model.metadata_props}
        self.form = Metadata.loads(properties, 'the model').form
        self.network = network
        if self.form == 'decode':
            self._run: Callable[[np.ndarray], tuple] = OnnxNetwork(content)
        else:
            self._session = open_session(content, 'the model', 'cpu', None)
            self._run = self._raw

    def __call__(self, crops: np.ndarray) -> tuple:
        """Landmarks (N, K, 2) in pixels of the crops and scores (N, K), of (N, h, w, 3) uint8."""
        return self._run(crops)

    def _raw(self, crops: np.ndarray) -> tuple:
        outputs = self._session.run(None, {'input': feed(self.form, self.network, crops)})
        if self.form == 'rtmlib':
            points = np.stack([vector.argmax(2) for vector in outputs], -1) / RTMLIB_SPLIT
            return points, outputs[0].max(2)
        outputs = tuple(torch.from_numpy(output) for output in outputs)
        head = self.network.model.head
        if isinstance(head, RegressionHead):
            outputs = (outputs[0][:, None],)  # decoded as (B, faces of an image, K, 2)
        faces = head.decode(outputs if len(outputs) > 1 else outputs[0])
        scores = np.concatenate([face.keypoint_scores for face in faces])
        return np.concatenate([face.keypoints for face in faces]), scores


def difference(model: onnx.ModelProto, network: TorchNetwork) -> float:
    """Largest distance along x or y between an exported model and PyTorch, in input pixels.

    Over 32 rendered faces in one batch, and two of them alone, but for landmarks at which rounding
    decides. rtmlib's form has landmarks on a grid of half a pixel inside the input: there, beyond
    half a step of the grid.

    Raises:
        ValueError: rounding decides at more than one landmark in a hundred.
    """
    crops = rendered_crops(network)
    expected, run = network(crops)[0], NumpyRunner(model, network)
    found = np.concatenate([run(crops)[0], run(crops[:1])[0], run(crops[1:2])[0]])
    sure = steady(network, crops)
    expected, sure = (np.concatenate([part, part[:2]]) for part in (expected, sure))
    if run.form == 'rtmlib':
        expected = expected.clip(0, np.array(network.size) - 1 / RTMLIB_SPLIT)
    away = np.abs(found - expected).max(2)[sure].max()
    return float(max(away - 0.5 / RTMLIB_SPLIT, 0) if run.form == 'rtmlib' else away)


def steady(network: TorchNetwork, crops: np.ndarray) -> np.ndarray:
    """Which landmarks (N, K) stay where they are when the input changes by rounding.

    A decoder that compares pixels, such as a maximum, jumps where two are alike.

    Raises:
        ValueError: more than one in a hundred do not stay.
    """
    inputs, generator = network.normalised(crops), torch.Generator().manual_seed(0)
    runs = [network.landmarks(inputs)[0]]
    for _ in range(2):
        noise = torch.randn(inputs.shape, generator=generator).to(inputs)
        runs.append(network.landmarks(inputs * (1 + ROUNDING * noise))[0])
    sure = np.ptp(runs, axis=0).max(2) < TOLERANCE / 2
    if sure.mean() < STEADY:
        raise ValueError(
            f'rounding moves {100 * (1 - sure.mean()):.0f} % of the landmarks: was this network '
            'trained?'
        )
    return sure
