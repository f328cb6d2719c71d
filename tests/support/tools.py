"""Programs that tests hold our files against."""

from __future__ import annotations

import shutil

import pytest


def tool(name: str) -> str:
    """Return the path of a program; skip the test where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path
