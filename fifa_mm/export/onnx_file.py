"""Writes a model as an ONNX file, and compares it with PyTorch before the file is there."""

import copy
import io
import logging
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

import fifa_mm
from fifa_mm import checks
from fifa_mm.definitions import DEFINITIONS
from fifa_mm.export.fourier import without_fft
from fifa_mm.export.graph import Decoded, Plain, RTMLib
from fifa_mm.predict.metadata import FORMS, KEY, Metadata
from fifa_mm.predict.torch_network import TorchNetwork

OPSET = 18
CHANNELS = ('bgr', 'rgb')


def to_onnx(
    network: TorchNetwork, form: str = 'plain', channels: str = 'bgr', fft: bool = False
) -> onnx.ModelProto:
    """A network as an ONNX model with any batch size.

    Args:
        network: Config and weights.
        form: ``'plain'``, ``'decode'`` or ``'rtmlib'``, see :class:`Metadata`.
        channels: Order of the channels that ``'decode'`` takes; ``'plain'`` takes the network's,
            ``'rtmlib'`` BGR.
        fft: Keep FFTs, which onnxruntime runs from 1.27 on, in the place of matrix products.

    Returns:
        ``'plain'``: ``input`` (B, 3, h, w) to ``output`` (and ``points`` for ADNet), or to
        ``simcc_x`` and ``simcc_y``. ``'decode'``: ``input`` (B, h, w, 3) uint8 to ``landmarks``
        (B, K, 2) in pixels of the input and ``scores`` (B, K). ``'rtmlib'``: ``input`` to
        ``simcc_x`` and ``simcc_y``.

    Raises:
        ValueError: an argument outside its range, or a codec that cannot be decoded in a graph.
    """
    checks.choice('form', form, FORMS)
    checks.choice('channels', channels, CHANNELS)
    model = copy.deepcopy(network.model).cpu().eval().requires_grad_(False)
    if not fft:
        without_fft(model)
    width, height = network.size
    pixels = torch.randint(0, 256, (2, height, width, 3), dtype=torch.uint8)
    normalised = torch.randn(2, 3, height, width)
    graph: nn.Module
    if form == 'decode':
        graph, example = Decoded(model, channels), pixels
        names = ['landmarks', 'scores']
    elif form == 'rtmlib':
        graph, example = RTMLib(model), normalised
        names = ['simcc_x', 'simcc_y']
    else:
        graph, example = Plain(model), normalised
        with torch.no_grad():
            outputs = graph(example)
        names = ['output']
        if isinstance(outputs, tuple):
            simcc = outputs[0].ndim == 3
            names = ['simcc_x', 'simcc_y'] if simcc else ['output', 'points']
    exported = trace(graph.eval(), example, names)
    exported.producer_name, exported.producer_version = 'fifa_mm', fifa_mm.__version__
    description = describe(network, form, channels).dumps()
    exported.metadata_props.add(key=KEY, value=description)
    return exported


def trace(graph: nn.Module, example: torch.Tensor, names: list[str]) -> onnx.ModelProto:
    """Export a module by PyTorch's exporter, quietly."""
    loggers = [logging.getLogger(name) for name in ('torch.onnx', 'onnxscript', 'onnx_ir')]
    levels = [logger.level for logger in loggers]
    fast = torch.backends.mha.get_fastpath_enabled()
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        torch.backends.mha.set_fastpath_enabled(False)  # one fused operator that ONNX has not
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter('ignore')
            program = torch.onnx.export(
                graph,
                (example,),
                dynamo=True,
                dynamic_shapes=({0: torch.export.Dim('batch')},),
                input_names=['input'],
                output_names=names,
                opset_version=OPSET,
                verbose=False,
            )
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
    assert program is not None  # as with dynamo=True
    buffer = io.BytesIO()
    onnx.save(program.model_proto, buffer)
    return onnx.load_from_string(buffer.getvalue())


def describe(network: TorchNetwork, form: str, channels: str) -> Metadata:
    """The metadata of a network's file."""
    preprocessor = network.model.data_preprocessor
    swapped = preprocessor._channel_conversion
    if preprocessor._enable_normalize:
        mean, std = (v.flatten().tolist() for v in (preprocessor.mean, preprocessor.std))
    else:
        mean, std = [0.0], [1.0]
    definition = DEFINITIONS.get(network.num_landmarks)
    taken = {'plain': 'rgb' if swapped else 'bgr', 'rtmlib': 'bgr', 'decode': channels}
    return Metadata(
        version=fifa_mm.__version__,
        form=form,
        config=Path(network.model.cfg.filename or 'config').name,
        num_landmarks=network.num_landmarks,
        definition=definition.name if definition else None,
        input_size=network.size,
        padding=network.padding,
        box_from_face=tuple(network.box.from_face),
        box_from_landmarks=tuple(network.box.from_landmarks),
        channels=taken[form],
        mean=tuple(mean),
        std=tuple(std),
        sets=network.sets if len(network.sets) > 1 else (),
    )
