"""Videos with alpha, in RGB, and animated stills: their planes are those of FFmpeg, their pixels premultiplied."""

from __future__ import annotations

import io
import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

import wavyte_gpu as wv
from tests.support.documents import leaf, scene
from wavyte_gpu.assets.video import prepare_video


def pictures(count: int, size: tuple[int, int] = (64, 48)) -> list[np.ndarray]:
    """Return (H, W, 4) uint8 straight pictures with soft and hard alpha."""
    y, x = np.mgrid[: size[1], : size[0]]
    out = []
    for k in range(count):
        rgb = np.stack([(x * 4 + k * 20) % 256, (y * 5 + k * 9) % 256, np.full_like(x, 40 * k % 256)], -1)
        alpha = np.where(x < 16, 0, np.where(x > 48, 255, (x - 16) * 8 + k))
        out.append(np.concatenate([rgb, alpha[..., None]], -1).astype(np.uint8))
    return out


def make(path: Path, codec: str, pix_fmt: str, options: dict[str, str] | None = None) -> Path:
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height, stream.pix_fmt = 64, 48, pix_fmt
        for k, rgba in enumerate(pictures(8)):
            frame = av.VideoFrame.from_ndarray(rgba, "rgba").reformat(format=pix_fmt)
            frame.pts, frame.time_base = k, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def ffmpeg(path: Path, decoder: str | None = None) -> list[tuple[np.ndarray, ...]]:
    """Return the planes of every frame as FFmpeg's decoder gives them."""
    out = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        own: Any = av.CodecContext.create(decoder, "r") if decoder else None
        for packet in container.demux(stream):
            frames = packet.decode() if own is None else own.decode(packet if packet.size else None)
            for frame in frames:
                planes = []
                for plane in frame.planes:
                    kind = np.uint16 if "le" in frame.format.name else np.uint8
                    rows = np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)
                    planes.append(rows[:, : plane.width].copy())
                out.append(tuple(planes))
    return out


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "decoder", "bits"),
    [
        ("a.webm", "libvpx-vp9", "yuva420p", "libvpx-vp9", 8),
        ("b.webm", "libvpx", "yuva420p", "libvpx", 8),
        ("a.mov", "prores_ks", "yuva444p10le", None, 12),
        ("b.mkv", "ffv1", "yuva422p10le", None, 10),
        ("c.mkv", "ffv1", "yuva444p", None, 8),
        ("d.mkv", "ffv1", "gbrap10le", None, 10),
    ],
)
def test_planes_with_alpha_are_those_of_ffmpeg(
    tmp_path: Path, name: str, codec: str, pix_fmt: str, decoder: str | None, bits: int
) -> None:
    path = make(tmp_path / name, codec, pix_fmt, {"g": "3", "auto-alt-ref": "0"} if "vpx" in codec else None)
    expected = ffmpeg(path, decoder)
    with prepare_video(path) as video:
        assert video.format.alpha and video.format.bits == bits and video.frame_count == 8
        for i in (0, 7, 3, 1, 2, 6, 5, 4, 0):
            got = video.planes(i)
            assert len(got) == 4
            for plane, want in zip(got, expected[i], strict=True):
                assert (plane == want).all()


def save_animation(path: Path, frames: list[np.ndarray]) -> Path:
    images = [Image.fromarray(f, "RGBA") for f in frames]
    images[0].save(path, save_all=True, append_images=images[1:], duration=[100, 200, 100, 300], loop=0, disposal=2)
    return path


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_animated_stills_play(tmp_path: Path, suffix: str) -> None:
    frames = pictures(4, (40, 30))
    if suffix == "gif":
        for f in frames:
            f[..., 3] = np.where(f[..., 3] > 127, 255, 0)
            f[..., :3] = (f[..., :3] // 64) * 64
    path = save_animation(tmp_path / f"a.{suffix}", frames)
    with prepare_video(path) as video:
        assert video.format.matrix == "rgb" and video.format.alpha and video.frame_count == 4
        assert [video.frame_at(Fraction(t, 1000)) for t in (0, 99, 150, 299, 310, 450, 690)] == [0, 0, 1, 1, 2, 3, 3]
        for i in (3, 0, 2, 1):
            g, b, r, a = video.planes(i)
            want = frames[i]
            shown = want[..., 3] > 0
            assert (a == want[..., 3]).all()
            for plane, channel in ((r, 0), (g, 1), (b, 2)):
                assert (plane == want[..., channel])[shown].all()


def test_alpha_reaches_the_frame(tmp_path: Path) -> None:
    frames = pictures(4)
    path = save_animation(tmp_path / "a.png", frames)
    document = scene(leaf("v", "v"), assets={"v": {"video": {"source": path.name}}}, size=(64, 48), duration=6)
    document["fps"] = 10
    (tmp_path / "c.json").write_text(json.dumps(document))
    with wv.RenderSession(wv.load(tmp_path / "c.json"), options=wv.SessionOptions(backend="reference")) as session:
        found = session.render_frame(2).rgba
    c, a = frames[1][..., :3].astype(int), frames[1][..., 3:].astype(int)
    assert (found[..., 3:] == a).all() and np.abs(found[..., :3] - c * a / 255).max() <= 0.5


def test_rgb_without_alpha_is_exact(tmp_path: Path) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mov") as file:
        stream: Any = file.add_stream("qtrle", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        frame = av.VideoFrame.from_ndarray(pictures(3)[2][..., :3].copy(), "rgb24")
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    with prepare_video(out.getvalue()) as video:
        g, b, r = video.planes(0)
        assert (np.stack([r, g, b], -1) == pictures(3)[2][..., :3]).all()


@pytest.mark.parametrize(("aspect", "size"), [(Fraction(2), (128.0, 48.0)), (Fraction(1, 2), (64.0, 96.0))])
@pytest.mark.parametrize("backend", ["reference", pytest.param("gpu", marks=pytest.mark.gpu)])
def test_pixels_that_are_not_square_are_shown_in_their_shape(
    tmp_path: Path, aspect: Fraction, size: tuple[float, float], backend: str
) -> None:
    path, square = tmp_path / "a.mkv", tmp_path / "square.mkv"
    with av.open(str(square), "w") as out:
        stream: Any = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv444p"
        rgb = np.zeros((48, 64, 3), np.uint8)
        rgb[:24, :32] = 255
        out.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuv444p")))
        out.mux(stream.encode(None))
    copy = ["ffmpeg", "-v", "error", "-i", str(square), "-c", "copy", "-aspect", str(aspect * 64 / 48), str(path)]
    subprocess.run(copy, check=True)
    with prepare_video(path) as video:
        assert video.display_size == size and video.size == (64, 48)
    document = scene(leaf("v", "v"), assets={"v": {"video": {"source": "a.mkv"}}}, size=(150, 100), duration=1)
    (tmp_path / "c.json").write_text(json.dumps(document))
    with wv.RenderSession(wv.load(tmp_path / "c.json"), options=wv.SessionOptions(backend=backend)) as session:
        found = session.render_frame(0).rgba
    width, height = int(size[0]), int(size[1])
    assert (found[:height, :width, 3] == 255).all() and not found[height:].any() and not found[:, width:].any()
    bright = found[..., 0] > 250
    assert bright[: height // 2 - 2, : width // 2 - 2].all() and not bright[height // 2 + 2 :].any()
    assert not bright[:, width // 2 + 2 :].any()
