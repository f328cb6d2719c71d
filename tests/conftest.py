"""What all tests share: hypothesis profiles, which adapter draws, and rendering documents on either backend."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest

from tests.support.rendering import Renderer
from wavyte_gpu.foundation.errors import DeviceError

hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "dev")
)


class _Adapter:
    """The one shared device, opened when the first test needs it."""

    def __init__(self) -> None:
        self.device: Any = None
        self.error: str | None = None
        self.tried = False

    def open(self) -> Any:
        if not self.tried:
            self.tried = True
            from wavyte_gpu.render.gpu.device import open_device

            try:
                self.device = open_device(os.environ.get("WAVYTE_ADAPTER") or None)
            except DeviceError as error:
                self.error = str(error)
        return self.device

    def close(self) -> None:
        if self.device is not None:
            self.device.close()


_ADAPTER = _Adapter()


def _say(config: pytest.Config, line: str) -> None:
    reporter = config.pluginmanager.getplugin("terminalreporter")
    capture = config.pluginmanager.getplugin("capturemanager")
    if reporter is not None and capture is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line("")
            reporter.write_line(line)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Open the adapter before the first test that needs one; without any, fail in CI and skip elsewhere."""
    if item.get_closest_marker("gpu") is None:
        return
    first = not _ADAPTER.tried
    device = _ADAPTER.open()
    if first:
        _say(item.config, f"adapter: {_ADAPTER.error or device.info}")
    if device is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no GPU adapter: {_ADAPTER.error}", pytrace=False)
        pytest.skip(f"no GPU adapter: {_ADAPTER.error}")


def pytest_sessionfinish() -> None:
    """Release the shared device."""
    _ADAPTER.close()


@pytest.fixture(params=[pytest.param("gpu", marks=pytest.mark.gpu), "reference"])
def backend_name(request: pytest.FixtureRequest) -> str:
    """Each backend in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def renderer() -> Iterator[Callable[[str], Renderer]]:
    """Return a function: backend name -> Renderer. GPU sessions share one device, so that kernels are compiled once."""
    with pytest.MonkeyPatch.context() as patch:

        def share() -> None:
            from wavyte_gpu.render.gpu import backend

            class Shared(backend.GpuBackend):
                def __init__(self, store: Any, **options: Any) -> None:
                    options.pop("adapter", None)
                    options.pop("require_hardware", None)
                    super().__init__(store, device=_ADAPTER.open(), **options)

            patch.setattr(Renderer, "gpu_class", Shared)

        def make(name: str) -> Renderer:
            if name == "gpu" and Renderer.gpu_class is None:
                share()
            return Renderer(name)

        yield make


@pytest.fixture
def draw(renderer: Callable[[str], Renderer], backend_name: str) -> Renderer:
    """A renderer of documents on the backend of this run."""
    return renderer(backend_name)


@pytest.fixture
def draw_reference(renderer: Callable[[str], Renderer]) -> Renderer:
    """A renderer of documents on the reference backend."""
    return renderer("reference")
