"""The adapter that twin tests run on."""

from __future__ import annotations

import pytest

from tests.support import gpu_kernel


@pytest.fixture(scope="session", autouse=True)
def adapter(request: pytest.FixtureRequest) -> str:
    """Open the device once and say whose it is."""
    info = gpu_kernel.device().adapter.info
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(f"adapter: {info['device']} ({info['backend_type']})")
    name = str(info["device"])
    assert name
    return name
