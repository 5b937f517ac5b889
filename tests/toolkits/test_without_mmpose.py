"""The augmentation where MMPose, MMEngine and even PyTorch are missing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name('plain_run.py')
HIDE = "import sys; sys.modules.update(dict.fromkeys(('mmpose', 'mmengine', 'mmcv', {}))); "


def python(*arguments):
    """Output of a fresh process, which must end well and warn of nothing."""
    result = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout, result.stderr


@pytest.fixture(scope='module')
def trained():
    return json.loads(python('-W', 'ignore', str(SCRIPT))[0])


@pytest.mark.parametrize('context', ['fork', 'spawn'])
def test_trains_with_plain_pytorch_and_persistent_workers(trained, context):
    """Sides 3, 2, 1 and none; copies that a toolkit makes in a worker see the epoch as well."""
    assert trained['painted'][context] == [[side**2] * 6 for side in (3, 2, 1, 0)]


def test_nothing_of_openmmlab_was_loaded(trained):
    assert trained['loaded'] == []


def test_albumentations_alone():
    code = """
import numpy as np
from fifa_mm.albumentations import FiducialFocus
focus = FiducialFocus()
focus.set_epoch(0)
image = np.full((20, 20, 3), 255, np.uint8)
print((focus(image=image, keypoints=np.full((1, 2), 9.0))['image'] == 0).sum())
"""
    output, _ = python('-c', HIDE.format("'torch'") + code)
    assert output == '75\n'


def test_numpy_alone():
    hidden = "'torch', 'cv2', 'scipy', 'matplotlib', 'albumentations'"
    code = """
import numpy as np
import fifa_mm
from fifa_mm.functional import paint_patches, patch_side
fifa_mm.set_epoch(24)
image = paint_patches(np.full((9, 9, 3), 255, np.uint8), [[4.0, 4.0]], patch_side(24))
print((image == 0).sum())
"""
    assert python('-c', HIDE.format(hidden) + code) == ('3\n', '')
