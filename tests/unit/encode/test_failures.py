"""Cancel, a failing encoder and a full disk, in every format: no thread, no file, and the old file as it was."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wavyte_gpu.encode import EncodePipeline, FfmpegSink, Frame, PngSequenceSink, SinkConfig
from wavyte_gpu.encode.gif import GifWriter
from wavyte_gpu.encode.writer import VideoWriter
from wavyte_gpu.foundation.errors import Cancelled, EncodeError

SIZE = (96, 64)
FORMATS: list[tuple[str, dict[str, Any]]] = [
    ("o.mp4", {}),
    ("o.mp4", {"codec": "h265"}),
    ("o.mp4", {"codec": "av1", "preset": "12"}),
    ("o.mov", {"codec": "prores"}),
    ("o.mkv", {"codec": "ffv1"}),
    ("o.webm", {}),
    ("o.gif", {}),
    ("o.apng", {}),
    ("o.webp", {}),
]


def noise(index: int) -> Frame:
    pixels = np.random.default_rng(index).integers(0, 256, (SIZE[1], SIZE[0], 4), np.uint8)
    pixels[..., 3] = 255
    return Frame(index, pixels)


def config(count: int) -> SinkConfig:
    return SinkConfig(*SIZE, Fraction(30), 0, count)


def threads() -> int:
    return len(os.listdir("/proc/self/task")) if sys.platform == "linux" else threading.active_count()


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    """Nothing may wait for Python's collector of cycles to be closed."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(("name", "options"), FORMATS)
def test_cancel(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    before = threads()
    pipeline = EncodePipeline(FfmpegSink(tmp_path / name, **options), config(40), range(40))
    for k in range(12):
        pipeline.push(k, noise(k))
    pipeline.cancel()
    with pytest.raises(Cancelled):
        pipeline.push(12, noise(12))
    settle(before)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "options"), FORMATS)
@pytest.mark.parametrize("where", ["write", "finish"])
def test_the_encoder_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, options: dict[str, Any], where: str
) -> None:
    kind: Any = GifWriter if name == "o.gif" else VideoWriter
    works = getattr(kind, where)
    calls = 0

    def fails(self: Any, *arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if where == "finish" or calls > 7:
            raise RuntimeError("the encoder broke")
        works(self, *arguments)

    monkeypatch.setattr(kind, where, fails)
    (tmp_path / name).write_bytes(b"old")
    before = threads()
    pipeline = EncodePipeline(FfmpegSink(tmp_path / name, overwrite=True, **options), config(20), range(20))
    with pytest.raises(EncodeError, match="the encoder broke"), pipeline:
        for k in range(20):
            pipeline.push(k, noise(k))
        pipeline.finish()
    settle(before)
    assert [path.name for path in tmp_path.iterdir()] == [name] and (tmp_path / name).read_bytes() == b"old"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that holds 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small file system can't be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize(("name", "options"), FORMATS)
def test_the_disk_is_full(small_disk: Path, name: str, options: dict[str, Any]) -> None:
    if "crf" not in options and name in ("o.mp4", "o.webm") and options.get("codec") != "av1":
        options = {**options, "crf": 0}
    before = threads()
    with (
        pytest.raises(EncodeError, match=f"{name}.*No space"),
        EncodePipeline(FfmpegSink(small_disk / name, **options), config(150), range(150)) as pipeline,
    ):
        for k in range(150):
            pipeline.push(k, noise(k))
        pipeline.finish()
    settle(before)
    assert not list(small_disk.iterdir())


def test_the_disk_is_full_for_pngs(small_disk: Path) -> None:
    before = threads()
    with (
        pytest.raises(EncodeError, match="No space"),
        EncodePipeline(PngSequenceSink(small_disk / "o"), config(60), range(60)) as pipeline,
    ):
        for k in range(60):
            pipeline.push(k, noise(k))
        pipeline.finish()
    settle(before)
    assert not list(small_disk.iterdir())


def settle(before: int) -> None:
    """Assert that no thread stays, neither ours nor a library's."""
    deadline = time.monotonic() + 10
    while threads() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threads() <= before
    assert not [thread for thread in threading.enumerate() if thread.name == "wavyte-encode"]


def test_cancel_while_a_gif_is_finished(tmp_path: Path) -> None:
    cancel = threading.Event()
    pipeline = EncodePipeline(FfmpegSink(tmp_path / "o.gif"), replace(config(9), cancel=cancel), range(9))
    for k in range(8):
        pipeline.push(k, noise(k))
    cancel.set()
    pipeline.push(8, noise(8))
    with pytest.raises(Cancelled):
        pipeline.finish()
    assert not list(tmp_path.iterdir())
