"""The demo's network with random weights, exported once."""

import importlib.util

import pytest

if any(importlib.util.find_spec(name) is None for name in ('onnx', 'onnxruntime', 'onnxscript')):
    collect_ignore = ['test_export.py', 'test_hosts.py', 'test_precision.py']


@pytest.fixture(scope='session')
def network(demo_config, demo_checkpoint):
    from fifa_mm.predict.torch_network import TorchNetwork

    return TorchNetwork(demo_config, demo_checkpoint)


@pytest.fixture(scope='session')
def decoded(network):
    """An exported model of the form ``'decode'``."""
    from fifa_mm.export.onnx_file import to_onnx

    return to_onnx(network, 'decode')
