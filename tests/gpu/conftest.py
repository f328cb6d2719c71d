"""One device for the tests of the GPU backend. Whether an adapter is there is decided for all tests in one place, the conftest above."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from wavyte_gpu.render.gpu.device import Device, open_device


@pytest.fixture(scope="session")
def device() -> Iterator[Device]:
    opened = open_device(os.environ.get("WAVYTE_ADAPTER"))
    assert opened.info.name, "the adapter has no name"
    print(f"adapter: {opened.info}")
    yield opened
    opened.close()
