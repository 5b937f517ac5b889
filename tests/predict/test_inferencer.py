"""MMPose's own ways of inference, with our configs."""

import subprocess
import sys
from pathlib import Path

import cv2
import mmpose
import numpy as np
import pytest
from mmpose.apis import MMPoseInferencer
from skimage import data

from fifa_mm import Landmarker
from fifa_mm.predict import Detector
from fifa_mm.predict.inferencer import use_detector
from fifa_mm.safe_load import load_checkpoint

MIM = Path(mmpose.__file__).parent / '.mim'
ROOT = Path(__file__).resolve().parents[2]
FACE = np.ascontiguousarray(data.astronaut()[:260, 90:350, ::-1])
BOXES = np.array([[86.0, 84, 178, 178, 0.9], [10, 20, 60, 70, 0.8], [0, 0, 20, 20, 0.1]])


class Given(Detector):
    def detect(self, image):
        scale = image.shape[0] / len(FACE)
        return BOXES * [scale, scale, scale, scale, 1]


@pytest.fixture
def photo(tmp_path):
    cv2.imwrite(str(tmp_path / 'photo.png'), FACE)
    return tmp_path / 'photo.png'


@pytest.fixture
def inferencer(demo_config, demo_checkpoint):
    return MMPoseInferencer(
        str(demo_config), str(demo_checkpoint), device='cpu', det_model='whole_image'
    )


def faces_of(result):
    (faces,) = result['predictions']
    return faces


def test_whole_image(inferencer, photo, demo_config, demo_checkpoint):
    (face,) = faces_of(next(inferencer(str(photo))))
    (expected,) = Landmarker(demo_config, demo_checkpoint, detector=None)(photo)
    np.testing.assert_allclose(face['keypoints'], expected.keypoints, atol=0.01)


@pytest.mark.parametrize('array', [False, True])
def test_our_detectors(inferencer, photo, array, demo_config, demo_checkpoint):
    use_detector(inferencer, Given(min_score=0.5))
    faces = faces_of(next(inferencer(FACE if array else str(photo))))
    expected = Landmarker(demo_config, demo_checkpoint, detector=Given(min_score=0.5))(FACE)
    assert len(faces) == len(expected) == 2
    for face, other in zip(faces, expected, strict=True):
        np.testing.assert_allclose(face['keypoints'], other.keypoints, atol=0.01)
        assert face['bbox_score'] == pytest.approx(other.box_score)


def test_pictures_of_the_inferencer(inferencer, photo, tmp_path):
    next(inferencer(str(photo), out_dir=str(tmp_path / 'out'), kpt_thr=-1e9))
    drawn = cv2.imread(str(tmp_path / 'out' / 'visualizations' / 'photo.png'))
    assert (drawn != FACE).any()
    assert (tmp_path / 'out' / 'predictions' / 'photo.json').is_file()


def run(script, *arguments):
    """The documented way to run a script of OpenMMLab."""
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'fifa_mm', str(MIM / script), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=600,
    )


def test_image_demo(photo, demo_config, demo_checkpoint, tmp_path):
    out = tmp_path / 'drawn.png'
    options = ['--out-file', out, '--device', 'cpu', '--kpt-thr', -1000]
    result = run('demo/image_demo.py', photo, demo_config, demo_checkpoint, *options)
    assert result.returncode == 0, result.stderr
    assert (cv2.imread(str(out)) != FACE).any()


@pytest.mark.parametrize('mode', ['original', 'transformed'])
def test_browse_dataset(tmp_path, mode):
    options = ['--output-dir', tmp_path, '--not-show', '--max-item-per-dataset', 2]
    changes = ['--cfg-options', 'train_dataloader.dataset.num_samples=2']
    if mode == 'transformed':  # there is no training whose epoch FiducialFocus could know
        changes.append('train_dataloader.dataset.pipeline.5.epoch=0')
    options += ['--mode', mode, *changes]
    result = run('tools/misc/browse_dataset.py', 'configs/demo.py', *options)
    assert result.returncode == 0, result.stderr
    sides = {cv2.imread(str(path)).shape[0] for path in tmp_path.glob('*.png')}
    assert sides == ({128} if mode == 'original' else {2 * 96})  # the input above its heatmaps


def test_get_flops():
    options = ['--input-shape', 96, 96]
    result = run('tools/analysis_tools/get_flops.py', 'configs/demo.py', *options)
    assert result.returncode == 0, result.stderr
    assert 'Flops' in result.stdout


def test_publish_model(demo_checkpoint, tmp_path):
    """Weights and meta stay, with arrays of NumPy, which ``torch.load`` alone refuses."""
    result = run('tools/misc/publish_model.py', demo_checkpoint, tmp_path / 'demo.pth')
    assert result.returncode == 0, result.stderr
    [published] = tmp_path.glob('demo-*.pth')
    content, source = load_checkpoint(published), load_checkpoint(demo_checkpoint)
    assert set(content) == {'meta', 'state_dict'}
    assert content['state_dict'].keys() == source['state_dict'].keys()
