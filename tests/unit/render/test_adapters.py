"""Which adapter is chosen, and what the refusals say. No adapter is needed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wavyte_gpu.foundation.errors import DeviceError
from wavyte_gpu.render.backend import AdapterInfo
from wavyte_gpu.render.gpu.device import choose, quiet_loader

SOFT = AdapterInfo(0, "llvmpipe (LLVM 15)", "Mesa 22.3", "Vulkan", "CPU", True)
SOFT_GL = AdapterInfo(1, "llvmpipe (LLVM 15)", "4.5 Mesa", "OpenGL", "CPU", True)
IGPU = AdapterInfo(2, "Intel(R) Graphics", "Mesa 23", "Vulkan", "IntegratedGPU", False)
DGPU = AdapterInfo(3, "NVIDIA H200", "550", "Vulkan", "DiscreteGPU", False)
DGPU_GL = AdapterInfo(4, "NVIDIA H200", "550", "OpenGL", "Unknown", False)


@pytest.mark.parametrize(
    ("infos", "best"),
    [
        ([SOFT], SOFT),
        ([SOFT_GL, SOFT], SOFT),
        ([SOFT, SOFT_GL, IGPU, DGPU], DGPU),
        ([SOFT, IGPU, SOFT_GL], IGPU),
        ([DGPU_GL, SOFT], SOFT),
        ([SOFT_GL], SOFT_GL),
    ],
)
def test_order(infos: list[AdapterInfo], best: AdapterInfo) -> None:
    assert choose(infos)[0] == best


@pytest.mark.parametrize(
    ("wanted", "best"), [("intel", IGPU), ("2", IGPU), (1, SOFT_GL), ("opengl", SOFT_GL), ("llvm", SOFT)]
)
def test_named(wanted: str | int, best: AdapterInfo) -> None:
    assert choose([SOFT, SOFT_GL, IGPU, DGPU], wanted)[0] == best


def test_refusals_name_the_cure() -> None:
    with pytest.raises(DeviceError, match="mesa-vulkan-drivers"):
        choose([])
    with pytest.raises(DeviceError, match=r"no adapter matches 'amd'; there are: \[0\] llvmpipe"):
        choose([SOFT], "amd")
    with pytest.raises(DeviceError, match=r"hardware is required.*llvmpipe.*driver"):
        choose([SOFT, SOFT_GL], require_hardware=True)
    with pytest.raises(DeviceError, match="WGPU_BACKEND_TYPE"):
        choose([SOFT], api="Metal")
    assert choose([SOFT, IGPU], require_hardware=True)[0] == IGPU
    assert choose([SOFT, SOFT_GL], api="opengl")[0] == SOFT_GL


def test_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with quiet_loader():
        inside = os.environ.get("XDG_RUNTIME_DIR")
    assert "XDG_RUNTIME_DIR" not in os.environ
    assert inside is None or not os.path.exists(inside)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/x")
    with quiet_loader():
        assert os.environ["XDG_RUNTIME_DIR"] == "/x"


def test_importing_does_not_import_wgpu() -> None:
    code = (
        "import sys, wavyte_gpu, wavyte_gpu.render.backend, wavyte_gpu.render.reference, wavyte_gpu.render.gpu.backend;"
        "sys.exit('wgpu' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
