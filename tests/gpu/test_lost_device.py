"""A device that is lost ends the work with one clear error, and leaves no file."""

from __future__ import annotations

from pathlib import Path

import pytest

import wavyte_gpu as wv
from tests.support.documents import leaf, scene
from wavyte_gpu.render.gpu.backend import GpuBackend


@pytest.mark.gpu
def test_a_lost_device_is_a_device_error(tmp_path: Path) -> None:
    spin = {"keyframes": [{"frame": 0, "value": 0}, {"frame": 29, "value": 90}]}
    comp = wv.Composition.from_json(scene(leaf("#ff0000", "a", size=[20, 9], transform={"rotation_deg": spin})))
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="gpu")) as session:
        session.render_frame(0)
        backend = session._backend
        assert isinstance(backend, GpuBackend)
        backend.device.wgpu.destroy()
        with pytest.raises(wv.DeviceError, match="the GPU device failed") as caught:
            session.render_range(range(30), wv.FfmpegSink(tmp_path / "lost.mp4"))
        assert caught.value.exit_code == 3
    assert list(tmp_path.iterdir()) == []
