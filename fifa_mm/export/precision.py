"""Exported models in half precision or in 8 bits.

Only the network's own nodes change: what turns pixels into its input and maps into landmarks stays
in float32, as half a float of a place at 300 pixels is a quarter of a pixel. So do FF-Parsers, and
heads that regress coordinates.
"""

import ast
import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from mmpose.models.heads import RegressionHead
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

from fifa_mm.predict.torch_network import TorchNetwork

QUANTIZED = ('Conv', 'ConvTranspose', 'Gemm', 'MatMul')


def to_half(model: onnx.ModelProto, network: TorchNetwork) -> onnx.ModelProto:
    """A copy whose network computes in float16; inputs and outputs keep their types."""
    copied = onnx.load_from_string(model.SerializeToString())
    kept = sorted({node.name for node in copied.graph.node} - changing(copied, network))
    half = OnnxModel(convert_float_to_float16(copied, keep_io_types=True, node_block_list=kept))
    half.topological_sort()  # the casts stand at the end
    return half.model


def to_int8(
    model: onnx.ModelProto, network: TorchNetwork, inputs: list[np.ndarray]
) -> onnx.ModelProto:
    """A copy whose convolutions and products have 8-bit weights and activations.

    Static quantization by onnxruntime: ranges are those seen on ``inputs``, one array a call;
    weights have a scale for each channel.
    """
    names = [n.name for n in model.graph.node if n.op_type in QUANTIZED]
    chosen = sorted(changing(model, network).intersection(names))
    with tempfile.TemporaryDirectory() as folder, quiet():
        path = Path(folder) / 'int8.onnx'
        quantize_static(
            onnx.load_from_string(model.SerializeToString()),
            path,
            Reader(inputs),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=chosen,
        )
        quantized = onnx.load(path)
    keys = {item.key for item in quantized.metadata_props}
    quantized.metadata_props.extend(i for i in model.metadata_props if i.key not in keys)
    return quantized


class Reader(CalibrationDataReader):
    """Hands out inputs one by one."""

    def __init__(self, inputs: list[np.ndarray]):
        self._rest = iter(inputs)

    def get_next(self) -> dict | None:
        return next(({'input': array} for array in self._rest), None)


def changing(model: onnx.ModelProto, network: TorchNetwork) -> set[str]:
    """Names of the nodes that may lose precision."""
    places = ['model.backbone', 'model.neck']
    if not isinstance(network.model.head, RegressionHead):
        places.append('model.head')
    return {
        node.name
        for node in model.graph.node
        if any(place in scope for scope in scopes(node) for place in places)
        and not any('ff_parser' in scope for scope in scopes(node))
    }


def scopes(node: onnx.NodeProto) -> list[str]:
    """The modules that a node comes from, as PyTorch's exporter notes them."""
    noted = {item.key: item.value for item in node.metadata_props}
    return ast.literal_eval(noted.get('pkg.torch.onnx.name_scopes', '[]'))


def without_notes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Remove what the exporter notes at nodes and values, source paths among it, in place."""
    graph = model.graph
    for part in (*graph.node, *graph.value_info, *graph.initializer, *graph.input, *graph.output):
        del part.metadata_props[:]
        if isinstance(part, onnx.NodeProto):
            part.doc_string = ''
    del graph.metadata_props[:]
    for function in model.functions:
        for node in function.node:
            del node.metadata_props[:]
    return model


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """onnxruntime advises to preprocess models, which the exporter has done."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
