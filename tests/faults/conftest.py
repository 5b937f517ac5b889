"""Exact messages."""

import re

import pytest


@pytest.fixture
def says():
    """``with says(MESSAGE, ERROR):`` passes where the block raises ERROR with this very message."""

    def says(message, error=ValueError):
        return pytest.raises(error, match=rf'\A{re.escape(message)}\Z')

    return says
