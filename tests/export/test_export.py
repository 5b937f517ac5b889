"""The whole way from a network to a checked file."""

import copy

import cv2
import numpy as np
import onnx
import pytest
import torch
from onnxruntime import InferenceSession

from fifa_mm.export import export as module
from fifa_mm.export.export import export
from fifa_mm.export.graph import vectors
from fifa_mm.export.onnx_file import to_onnx
from fifa_mm.export.self_check import difference, feed, rendered_crops, steady
from fifa_mm.predict.metadata import Metadata
from fifa_mm.predict.pipeline import FacePipeline


@pytest.fixture
def exported_once(decoded, monkeypatch):
    """``export`` with the session's exported model, which takes seconds to make."""
    monkeypatch.setattr(module, 'to_onnx', lambda *args: copy.deepcopy(decoded))


def test_any_batch_size(decoded, network):
    session = InferenceSession(decoded.SerializeToString())
    (taken,), (landmarks, scores) = session.get_inputs(), session.get_outputs()
    assert taken.name == 'input'
    assert taken.type == 'tensor(uint8)'
    assert taken.shape[1:] == [96, 96, 3]
    assert (landmarks.name, landmarks.shape[1:]) == ('landmarks', [68, 2])
    assert (scores.name, scores.shape[1:]) == ('scores', [68])
    crops = rendered_crops(network, 3)
    expected, expected_scores = network(crops)
    for count in (1, 3):
        points, sure = session.run(None, {'input': crops[:count]})
        np.testing.assert_allclose(points, expected[:count], atol=0.01)
        np.testing.assert_allclose(sure, expected_scores[:count], rtol=1e-4)


def test_the_file(exported_once, network, tmp_path):
    path = tmp_path / 'face.onnx'
    result = export(network, path, 'decode')
    assert result['difference'] < 0.01
    assert result['bytes'] == path.stat().st_size
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    metadata = Metadata.loads({i.key: i.value for i in model.metadata_props}, str(path))
    assert metadata.input_size == (96, 96)
    assert metadata.channels == 'bgr'
    assert metadata.config == 'demo.py'
    assert metadata.mean == pytest.approx([123.675, 116.28, 103.53])
    content = path.read_bytes()
    assert b'.py", line' not in content  # no source paths of the machine it was made on
    assert path.with_suffix('.md').read_text().startswith('---\nlibrary_name: onnx\n')
    assert sorted(p.name for p in tmp_path.iterdir()) == ['face.md', 'face.onnx']


def test_a_model_that_differs_from_pytorch_is_not_written(exported_once, network, tmp_path):
    path = tmp_path / 'face.onnx'
    path.write_text('what was there')
    other = copy.copy(network)
    other.model = copy.deepcopy(network.model)
    with torch.no_grad():
        for weight in other.model.parameters():
            weight += 0.05 * torch.randn_like(weight)
    with pytest.raises(ValueError, match=r'differs from PyTorch by .* was not written'):
        export(other, path, 'decode')
    assert path.read_text() == 'what was there'
    assert not path.with_suffix('.md').exists()


def test_landmarks_at_which_rounding_decides(network, monkeypatch):
    crops = rendered_crops(network, 4)
    assert steady(network, crops).mean() > 0.99
    rng = np.random.default_rng(0)
    monkeypatch.setattr(network, 'landmarks', lambda x: (rng.normal(size=(len(x), 68, 2)), None))
    with pytest.raises(ValueError, match='was this network trained'):
        steady(network, crops)


@pytest.mark.parametrize('precision', ['fp16', 'int8'])
def test_precisions(exported_once, network, tmp_path, precision, monkeypatch):
    for name, count in (('VALIDATION_FACES', 8), ('CALIBRATION_FACES', 4)):
        monkeypatch.setattr(module, name, count)
    path = tmp_path / 'face.onnx'
    result = export(network, path, 'decode', precision=precision)
    assert result['costs']['faces'] == 8
    assert np.isfinite(result['costs']['after'])
    model = onnx.load(path)
    onnx.checker.check_model(model)
    properties = {i.key: i.value for i in model.metadata_props}
    assert Metadata.loads(properties, '').precision == precision
    share = result['bytes'] / len(module.to_onnx().SerializeToString())
    assert share < (0.6 if precision == 'fp16' else 0.4)
    assert f'{precision} costs' in path.with_suffix('.md').read_text()
    assert model.graph.output[0].type.tensor_type.elem_type == onnx.TensorProto.FLOAT


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'form': 'simcc'}, "form must be one of 'plain', 'decode', 'rtmlib', got 'simcc'"),
        ({'channels': 'gray'}, 'channels must be one of'),
        ({'precision': 'int4'}, 'precision must be one of'),
    ],
)
def test_arguments_outside_their_range(network, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        export(network, tmp_path / 'a.onnx', **arguments)


def test_outputs_that_cannot_be_written(network, tmp_path):
    with pytest.raises(ValueError, match=r'must end in \.onnx'):
        export(network, tmp_path / 'a.pt')
    (tmp_path / 'file').touch()
    with pytest.raises(NotADirectoryError):
        export(network, tmp_path / 'file' / 'a.onnx')


def test_a_report_that_is_none(network, tmp_path):
    (tmp_path / 'report.json').write_text('{')
    with pytest.raises(ValueError, match='not a whole JSON file'):
        export(network, tmp_path / 'a.onnx', report=tmp_path / 'report.json')


def test_plain_form_in_onnxruntime_and_opencv(network):
    model = to_onnx(network, 'plain')
    assert difference(model, network) < 0.01
    inputs = network.normalised(rendered_crops(network, 1)).numpy()
    (expected,) = InferenceSession(model.SerializeToString()).run(['output'], {'input': inputs})
    assert expected.shape == (1, 68, 24, 24)
    properties = {i.key: i.value for i in model.metadata_props}
    assert Metadata.loads(properties, '').channels == 'rgb'
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model.SerializeToString(), np.uint8))
    net.setInput(inputs)
    np.testing.assert_allclose(net.forward(), expected, rtol=1e-3, atol=1e-3)


def test_vectors_of_rtmlib():
    place, score = torch.tensor([[3.3, -2.0, 9.9]]), torch.tensor([[0.5, -0.6, 0.7]])
    found = vectors(place, score, 20)
    assert found.shape == (1, 3, 20)
    assert found.argmax(2).tolist() == [[7, 0, 19]]  # the grid of half a pixel, inside
    assert torch.equal(found.amax(2), score)


@pytest.mark.slow
def test_rtmlib_reads_its_form(network, tmp_path, photo):
    rtmlib = pytest.importorskip('rtmlib')
    path = tmp_path / 'rtm.onnx'
    export(network, path, 'rtmlib')
    box = [120, 60, 260, 210]
    reader = rtmlib.RTMPose(str(path), model_input_size=(96, 96), backend='onnxruntime')
    points, scores = reader(photo, [box])
    (face,) = FacePipeline(network, None)(photo, [box])
    half = 0.25 * 1.25 * 150 / 96 + 0.01  # half a place of the grid, in the picture
    inside = ((face.keypoints > 100) & (face.keypoints < 240)).all(1)
    assert np.abs(points[0] - face.keypoints)[inside].max() < half
    np.testing.assert_allclose(scores[0], face.scores, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize('form', ['plain', 'decode', 'rtmlib'])
def test_openvino_computes_the_same(network, tmp_path, form):
    openvino = pytest.importorskip('openvino')
    path = tmp_path / 'face.onnx'
    path.write_bytes(to_onnx(network, form).SerializeToString())
    inputs = feed(form, network, rendered_crops(network, 2))
    expected = InferenceSession(path).run(None, {'input': inputs})
    exact = {'INFERENCE_PRECISION_HINT': 'f32'}  # else bfloat16, where the processor can
    compiled = openvino.Core().compile_model(path, 'CPU', exact)
    for number, output in enumerate(expected):
        np.testing.assert_allclose(compiled(inputs)[number], output, rtol=1e-3, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize('form', ['decode', 'rtmlib'])
def test_what_opencv_cannot_run(network, form):
    """When this fails, OpenCV has learned it: say so in docs/using.md."""
    content = np.frombuffer(to_onnx(network, form).SerializeToString(), np.uint8)
    inputs = feed(form, network, rendered_crops(network, 1))
    with pytest.raises(cv2.error, match=r'data type: BOOL|nary_eltwise'):  # OpenCV 4, OpenCV 5
        run_by_opencv(content, inputs)


def run_by_opencv(content, inputs):
    net = cv2.dnn.readNetFromONNX(content)
    net.setInput(inputs)
    return net.forward(net.getUnconnectedOutLayersNames())
