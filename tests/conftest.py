"""Fixtures shared by all tests."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import settings

import fifa_mm  # noqa: F401  (compat, before any test imports MMPose)
from fifa_mm.focus.epoch import EPOCH

settings.register_profile('no_deadline', deadline=None)  # no test asserts a wall time
settings.load_profile('no_deadline')

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / 'shared' / 'data'


@pytest.fixture(autouse=True)
def _unknown_epoch():
    """No test leaves its epoch to the next."""
    yield
    EPOCH.clear()


@pytest.fixture
def real_faces():
    """Folder of real faces for research; the test skips where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f'no real faces at {DATA}')
    return DATA


@pytest.fixture(scope='session')
def demo_config(tmp_path_factory):
    """The demo's config, decoded by the maximum: random maps send a Taylor step anywhere."""
    path = tmp_path_factory.mktemp('config') / 'demo.py'
    path.write_text(
        f'_base_ = {str(ROOT / "configs" / "demo.py")!r}\n'
        'model = dict(head=dict(decoder=dict(unbiased=False)))\n'
    )
    return path


@pytest.fixture(scope='session')
def demo_checkpoint(demo_config, tmp_path_factory):
    """Random weights of the demo's network, as MMEngine saves them."""
    from mmpose.apis import init_model

    torch.manual_seed(0)
    model = init_model(str(demo_config), None, 'cpu')
    for module in model.modules():  # MMPose starts with maps that are flat but for rounding
        if isinstance(module, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            torch.nn.init.kaiming_normal_(module.weight)
    path = tmp_path_factory.mktemp('weights') / 'demo.pth'
    meta = {'dataset_meta': model.dataset_meta}
    torch.save({'state_dict': model.state_dict(), 'meta': meta}, path)
    return path


@pytest.fixture
def photo(rng):
    """Noise with structure, (300, 400, 3)."""
    small = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    return cv2.resize(small, (400, 300), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def rng():
    return np.random.default_rng(0)
