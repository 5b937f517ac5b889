"""Shims act where something is missing or broken, and nowhere else.

Each case runs in a fresh process, in which a finder makes chosen packages missing or broken.
"""

import subprocess
import sys

import pytest

from fifa_mm import compat

BLOCK = """
import sys, types, warnings
warnings.simplefilter('ignore')

class Block:
    def __init__(self, errors):
        self.errors = errors
    def find_spec(self, name, path=None, target=None):
        if name in self.errors:
            raise self.errors[name]

def block(**errors):
    sys.meta_path.insert(0, Block({k.replace('__', '.'): e for k, e in errors.items()}))

def pretend(name, **attributes):
    parent, _, _ = name.rpartition('.')
    for module in filter(None, (parent, name)):
        sys.modules[module] = types.ModuleType(module)
        sys.modules[module].__path__ = []
    vars(sys.modules[name]).update(attributes)
"""


def python(code):
    """Standard output of code run in a fresh process."""
    result = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', BLOCK + code], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


def test_mmpose_imports_without_its_optional_packages():
    out = python("""
block(mmcv__ops=ImportError('no ops'), mmdet=ImportError('no mmdet'),
      torchvision=RuntimeError('operator torchvision::nms does not exist'),
      xtcocotools=ValueError('numpy.dtype size changed'))
import fifa_mm
import mmpose.apis, mmpose.codecs, mmpose.datasets, mmpose.evaluation, mmpose.models
import mmpose.visualization
print(sorted(fifa_mm.compat.ACTIVE))
from pycocotools.coco import COCO
from mmpose.datasets.datasets.base.base_coco_style_dataset import COCO as used
print(used is COCO)
""")
    for name in ('mmcv_ops', 'mmdet_utils', 'torchvision_transforms', 'xtcocotools'):
        assert name in out
    assert 'True' in out


def test_a_placeholder_names_the_package_when_used_and_not_before():
    out = python("""
block(torchvision=RuntimeError('operator torchvision::nms does not exist'),
      xtcocotools=ValueError('numpy.dtype size changed'))
import fifa_mm
from torchvision.transforms import ToPILImage
from xtcocotools.cocoeval import COCOeval
class Sub(ToPILImage):
    pass
def annotated(x: ToPILImage): return x
for cls in (ToPILImage, Sub, COCOeval):
    try:
        cls(None, 1)
    except ImportError as error:
        print(error)
""")
    lines = [line for line in out.splitlines() if 'needs' in line]
    assert len(lines) == 3
    assert "'torchvision'" in lines[0]
    assert 'operator torchvision::nms does not exist' in lines[1]
    assert "'xtcocotools'" in lines[2]
    assert 'numpy.dtype size changed' in lines[2]


def test_albumentations_is_needed_by_the_standard_augmentation_alone():
    out = python("""
block(albumentations=ModuleNotFoundError("No module named 'albumentations'"))
import numpy as np
import fifa_mm
import mmpose.datasets
from mmpose.registry import TRANSFORMS
focus = TRANSFORMS.build(dict(type='FiducialFocus', epoch=0))
image = np.full((9, 9, 3), 255, np.uint8)
print((focus(dict(img=image, keypoints=np.full((1, 1, 2), 4.0)))['img'] == 0).all(axis=2).sum())
try:
    fifa_mm.StandardAugment()
except ImportError as error:
    print(error)
""")
    assert '25' in out
    assert "needs the package 'albumentations>=2.0.8,<2.1'" in out


def test_real_packages_are_left_alone():
    out = python(
        """
class Real: pass
pretend('mmcv.ops', MultiScaleDeformableAttention=Real)
pretend('torchvision.transforms', ToPILImage=Real)
pretend('xtcocotools.coco', COCO=Real)
compat = types.ModuleType('compat')
exec(COMPAT_SOURCE, vars(compat))
for shim in (compat.mmcv_ops, compat.torchvision_transforms, compat.xtcocotools):
    assert shim() is None, shim
from torchvision.transforms import ToPILImage
from xtcocotools.coco import COCO
print(ToPILImage is COCO is Real)
""".replace('COMPAT_SOURCE', f'open({compat.__file__!r}).read()')
    )
    assert 'True' in out


def test_albumentations_wrapper_of_mmpose_builds():
    python("""
import fifa_mm
from mmpose.datasets.transforms import Albumentation
import numpy as np
wrapper = Albumentation(transforms=[dict(type='Blur', p=1.0)])
assert wrapper.transform(dict(img=np.zeros((8, 8, 3), np.uint8)))['img'].shape == (8, 8, 3)
""")


def test_checkpoints_with_a_log_load_safely():
    python("""
import fifa_mm, io, torch
from mmengine.logging import MessageHub
from mmengine.runner import load_checkpoint
hub = MessageHub.get_instance('test')
hub.update_scalar('train/loss', 1.5)
hub.update_info('epoch', 3)
torch.save({'state_dict': torch.nn.Linear(1, 1).state_dict(), 'message_hub': hub.state_dict()},
           (buffer := io.BytesIO()))
import tempfile, os
path = os.path.join(tempfile.mkdtemp(), 'epoch_1.pth')
open(path, 'wb').write(buffer.getvalue())
loaded = load_checkpoint(torch.nn.Linear(1, 1), path)
assert loaded['message_hub']['log_scalars']['train/loss'].mean() == 1.5
""")


def test_apply_is_idempotent():
    assert compat.apply() == compat.apply() == compat.ACTIVE


@pytest.mark.parametrize('shim', compat.SHIMS.values(), ids=list(compat.SHIMS))
def test_every_shim_names_its_reason_and_its_end(shim):
    assert 'Upstream:' in shim.__doc__
    assert 'Retired' in shim.__doc__


def test_imports_do_not_warn_of_what_faces_do_not_use():
    code = 'import fifa_mm, mmcv.cnn.bricks.transformer, mmdet.evaluation, mmpose.apis'
    result = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, '', '')


def test_mmdet_says_nothing_about_a_package_that_faces_do_not_use():
    out = python("""
block(onedl=ImportError('no onedl'))
import fifa_mm
import mmdet.datasets
print('datasets imported')
""")
    assert out == 'datasets imported\n'
