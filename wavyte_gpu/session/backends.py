"""Which backend a session renders on."""

from __future__ import annotations

import os
from collections.abc import Callable

from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.foundation.errors import DeviceError, Problem
from wavyte_gpu.render.backend import Backend
from wavyte_gpu.render.reference import ReferenceBackend
from wavyte_gpu.session.options import SessionOptions

__all__ = ["open_backend"]


def open_backend(options: SessionOptions, store: AssetStore, warn: Callable[[Problem], None]) -> Backend:
    """Open the backend that is asked for; `warn` takes why "auto" fell back to the reference.

    Raises:
        DeviceError: it is not there.
    """
    name = options.resolved_backend()
    if name != "reference":
        adapter = options.adapter if options.adapter is not None else os.environ.get("WAVYTE_ADAPTER")
        try:
            from wavyte_gpu.render.gpu.backend import GpuBackend

            return GpuBackend(
                store,
                adapter=adapter,
                require_hardware=options.require_hardware,
                max_pool_bytes=options.max_pool_bytes,
                trace=options.trace or None,
            )
        except (DeviceError, ImportError) as error:
            if name == "gpu" or options.adapter is not None or options.require_hardware:
                raise (
                    error if isinstance(error, DeviceError) else DeviceError(f"wgpu can't be loaded: {error}")
                ) from error
            text = f"no GPU adapter, rendering on the reference backend (slow, the same pixels): {error}"
            warn(Problem("warning", "no_adapter", text.replace("\n", " ")))
    return ReferenceBackend(store, op_parallelism=options.threads()[1], max_pool_bytes=options.max_pool_bytes)
