"""Which adapter draws, why, and the device that is opened on it."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from wavyte_gpu.foundation.errors import DeviceError
from wavyte_gpu.render.backend import AdapterInfo

__all__ = ["AdapterReport", "Device", "choose", "describe_adapters", "gpu_errors", "open_device"]

# Limits that doctor shows and messages cite.
_LIMITS = (
    "max-texture-dimension-2d",
    "max-buffer-size",
    "max-storage-buffer-binding-size",
    "max-uniform-buffer-binding-size",
    "max-storage-textures-per-shader-stage",
    "max-compute-invocations-per-workgroup",
    "max-compute-workgroups-per-dimension",
    "min-uniform-buffer-offset-alignment",
    "min-storage-buffer-offset-alignment",
)
_API_ORDER = {"Vulkan": 0, "Metal": 1, "D3D12": 2}
_KIND_ORDER = {"DiscreteGPU": 0, "IntegratedGPU": 1, "Unknown": 2, "CPU": 3}
_NEEDED_INVOCATIONS = 256
_CURE = (
    "install the GPU's Vulkan driver, or a software one (Debian, Ubuntu: apt install mesa-vulkan-drivers); "
    "--backend reference needs none"
)
_instance_lock = threading.Lock()


class AdapterReport(NamedTuple):
    """One line of `wavyte doctor`: an adapter, its limits, whether it would be chosen, and why or why not."""

    info: AdapterInfo
    limits: dict[str, int]
    chosen: bool
    why: str


@contextlib.contextmanager
def quiet_loader() -> Iterator[None]:
    """Keep Mesa from printing that XDG_RUNTIME_DIR is unset: it holds a private, empty folder meanwhile."""
    if os.environ.get("XDG_RUNTIME_DIR") or not sys.platform.startswith("linux"):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="wavyte-run-", ignore_cleanup_errors=True) as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            yield
        finally:
            if os.environ.get("XDG_RUNTIME_DIR") == folder:
                del os.environ["XDG_RUNTIME_DIR"]


@contextlib.contextmanager
def gpu_errors(what: str) -> Iterator[None]:
    """Turn what wgpu raises into DeviceErrors that say what failed."""
    import wgpu

    try:
        yield
    except wgpu.GPUOutOfMemoryError as error:
        raise DeviceError(
            f"{what}: the GPU is out of memory; lower max_pool_bytes (--max-pool-bytes) or the canvas size "
            f"({_first(error)})"
        ) from error
    except (wgpu.GPUError, RuntimeError) as error:
        raise DeviceError(f"{what}: the GPU device failed: {_first(error)}") from error


def _first(error: BaseException) -> str:
    """Return the lines of a wgpu message that name the cause, on one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "; ".join(lines[:6]) or type(error).__name__


def _adapters() -> list[Any]:
    """Return wgpu's adapters, in its order. There is one wgpu instance per process."""
    try:
        with _instance_lock, quiet_loader():
            import wgpu

            return list(wgpu.gpu.enumerate_adapters_sync())
    except (ImportError, OSError) as error:
        cure = "reinstall the package `wgpu`, or use --backend reference"
        raise DeviceError(f"wgpu can't be loaded: {error}; {cure}") from error


def _info(index: int, adapter: Any) -> AdapterInfo:
    raw = adapter.info
    kind = str(raw["adapter_type"])
    name = str(raw["device"])
    software = kind == "CPU" or any(word in name.lower() for word in ("llvmpipe", "swiftshader", "basic render driver"))
    return AdapterInfo(index, name, str(raw["description"]), str(raw["backend_type"]), kind, software)


def _unusable(adapter: Any) -> str | None:
    """Return why an adapter can't run the kernels, or None."""
    if adapter.limits["max-compute-invocations-per-workgroup"] < _NEEDED_INVOCATIONS:
        return f"workgroups of {_NEEDED_INVOCATIONS} are too large for it"
    return None


def _rank(info: AdapterInfo) -> tuple[bool, bool, int, int, int]:
    """Order adapters: OpenGL last, then hardware before software, Vulkan before Metal before D3D12, discrete first."""
    api = _API_ORDER.get(info.api, len(_API_ORDER))
    return info.api not in _API_ORDER, info.software, api, _KIND_ORDER.get(info.kind, 2), info.number


def choose(
    infos: list[AdapterInfo], wanted: str | int | None = None, require_hardware: bool = False, api: str | None = None
) -> tuple[AdapterInfo, str]:
    """Choose an adapter; return it and why.

    Args:
        infos: all adapters.
        wanted: an index, or a part of the name, driver or API in any case.
        require_hardware: refuse software adapters.
        api: only this API ("Vulkan"), as wgpu's WGPU_BACKEND_TYPE has it.

    Raises:
        DeviceError: none is fit; the message says what is there and what would help.
    """
    left = [i for i in infos if api is None or i.api.lower() == api.lower()]
    if not left:
        limited = f" for {api} (WGPU_BACKEND_TYPE)" if api and infos else ""
        raise DeviceError(f"no GPU adapter was found{limited}; {_CURE}")
    why = "the only one"
    if wanted is not None and str(wanted) != "":
        left = _matching(left, str(wanted))
        why = f"matches '{wanted}'"
    if require_hardware:
        hardware = [i for i in left if not i.software]
        if not hardware:
            raise DeviceError(
                f"hardware is required, but only software adapters are there ({_list(left)}); install the GPU's Vulkan "
                "driver or drop --require-hardware"
            )
        left = hardware
    best = min(left, key=_rank)
    if len(left) > 1:
        kind = "software" if best.software else "hardware"
        why = f"{why + ', ' if wanted is not None else ''}{kind} on {best.api} comes first"
    return best, why


def _matching(infos: list[AdapterInfo], wanted: str) -> list[AdapterInfo]:
    if wanted.isdigit():
        hits = [i for i in infos if i.number == int(wanted)]
    else:
        hits = [i for i in infos if wanted.lower() in f"{i.name} {i.driver} {i.api} {i.kind}".lower()]
    if not hits:
        raise DeviceError(f"no adapter matches '{wanted}'; there are: {_list(infos)}")
    return hits


def _list(infos: list[AdapterInfo]) -> str:
    return ", ".join(f"[{i.number}] {i}" for i in infos)


def _select(wanted: str | int | None, require_hardware: bool) -> tuple[list[Any], list[AdapterInfo], AdapterInfo, str]:
    """Enumerate and choose; wgpu's own variables apply where the caller names nothing."""
    adapters = _adapters()
    infos = [_info(i, a) for i, a in enumerate(adapters)]
    if wanted is None:
        wanted = os.environ.get("WGPUPY_WGPU_ADAPTER_NAME") or None
    usable = [i for i in infos if wanted is not None or _unusable(adapters[i.number]) is None]
    best, why = choose(usable, wanted, require_hardware, os.environ.get("WGPU_BACKEND_TYPE", "").strip() or None)
    return adapters, infos, best, why


def describe_adapters(adapter: str | int | None = None, require_hardware: bool = False) -> list[AdapterReport]:
    """Return all adapters for `wavyte doctor`; without any, or without wgpu, an empty list."""
    try:
        adapters = _adapters()
    except DeviceError:
        return []
    infos = [_info(i, a) for i, a in enumerate(adapters)]
    try:
        _, _, best, why = _select(adapter, require_hardware)
    except DeviceError as error:
        best, why = None, str(error)
    reports = []
    for info, found in zip(infos, adapters, strict=True):
        chosen = best is not None and info.number == best.number
        reason = why if chosen or best is None else (_unusable(found) or _why_not(info, best))
        limits = {k: int(found.limits[k]) for k in _LIMITS if k in found.limits}
        reports.append(AdapterReport(info, limits, chosen, reason))
    return reports


def _why_not(info: AdapterInfo, best: AdapterInfo) -> str:
    if info.api not in _API_ORDER and best.api in _API_ORDER:
        return f"{info.api} is the last resort"
    if info.software and not best.software:
        return "software"
    return f"adapter {best.number} comes first"


class Device:
    """A wgpu device with what belongs to it for life: its limits and the kernels compiled on it.

    Several backends may share one. Whoever opened it closes it.
    """

    def __init__(self, adapter: Any, info: AdapterInfo) -> None:
        from wavyte_gpu.render.gpu.pipelines import Pipelines

        self.info = info
        features = [f for f in ("timestamp-query", "texture-adapter-specific-format-features") if f in adapter.features]
        # Without `required_limits` a device gets the adapter's own limits, not WebGPU's small defaults.
        with _instance_lock, quiet_loader(), gpu_errors(f"opening {info}"):
            self.wgpu: Any = adapter.request_device_sync(label="wavyte", required_features=features)
        self.queue: Any = self.wgpu.queue
        limits = self.wgpu.limits
        self.max_texture_px = int(limits["max-texture-dimension-2d"])
        self.max_buffer_bytes = int(limits["max-buffer-size"])
        self.max_storage_bytes = min(self.max_buffer_bytes, int(limits["max-storage-buffer-binding-size"]))
        self.offset_alignment = max(
            int(limits["min-uniform-buffer-offset-alignment"]), int(limits["min-storage-buffer-offset-alignment"]), 16
        )
        self.has_timestamps = "timestamp-query" in features
        self.timestamp_period_ns = _timestamp_period_ns(self.queue)
        self.closed = False
        self.pipelines = Pipelines(self)

    def close(self) -> None:
        """Destroy the device. A second call does nothing."""
        if not self.closed:
            self.closed = True
            self.pipelines.clear()
            self.wgpu.destroy()


def _timestamp_period_ns(queue: Any) -> float:
    """Return the unit of timestamps, which wgpu-native resolves in the driver's ticks."""
    try:
        from wgpu.backends.wgpu_native import lib

        return float(lib.wgpuQueueGetTimestampPeriod(queue._internal))
    except (ImportError, AttributeError):
        return 1.0


def open_device(adapter: str | int | None = None, require_hardware: bool = False) -> Device:
    """Open a device on the adapter named, or on the best one.

    Raises:
        DeviceError: there is none, or it can't be opened.
    """
    adapters, _, best, _ = _select(adapter, require_hardware)
    if reason := _unusable(adapters[best.number]):
        raise DeviceError(f"{best} can't be used: {reason}; choose another with --adapter, or --backend reference")
    return Device(adapters[best.number], best)
