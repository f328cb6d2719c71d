"""One device for all GPU tests; without any adapter they are skipped, unless WAVYTE_REQUIRE_GPU=1 makes that a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from wavyte_gpu.foundation.errors import DeviceError
from wavyte_gpu.render.gpu.device import Device, open_device


@pytest.fixture(scope="session")
def device() -> Iterator[Device]:
    try:
        opened = open_device(os.environ.get("WAVYTE_ADAPTER"))
    except DeviceError as error:
        if os.environ.get("WAVYTE_REQUIRE_GPU"):
            raise
        pytest.skip(str(error))
    assert opened.info.name, "the adapter has no name"
    print(f"adapter: {opened.info}")
    yield opened
    opened.close()
