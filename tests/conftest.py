"""Fixtures shared by all tests."""

from pathlib import Path

import pytest
from hypothesis import settings

import fifa_mm  # noqa: F401  (compat, before any test imports MMPose)

settings.register_profile('no_deadline', deadline=None)  # no test asserts a wall time
settings.load_profile('no_deadline')

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / 'shared' / 'data'


@pytest.fixture
def real_faces():
    """Folder of real faces for research; the test skips where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f'no real faces at {DATA}')
    return DATA
