"""Every format: written, opened by ffprobe, decoded by FFmpeg or Pillow, compared with what went in."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tests.support.tools import tool
from wavyte_gpu.encode import FfmpegSink, Frame, SinkConfig, sink_wants
from wavyte_gpu.encode.formats import CODECS, CONTAINERS, PROFILES, choose
from wavyte_gpu.foundation.errors import EncodeError, SchemaError

SIZES = [(64, 48), (65, 47)]
FLAT = [(v, v, v) for v in (0, 1, 64, 128, 200, 254, 255)]
FLAT += [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255)]
MIXED = [(17, 99, 203), (250, 128, 114), (3, 7, 250), (200, 180, 20), (90, 10, 160)]


def soft_disc(index: int, width: int, height: int) -> Frame:
    """Return premultiplied colour ramps under a moving disc with a soft edge."""
    y, x = np.mgrid[0:height, 0:width]
    alpha = np.clip(300 - ((x - width / 2 - index * 2) ** 2 + (y - height / 2) ** 2) / 2, 0, 255)
    colour = np.stack([x * 255 / width, y * 255 / height, np.full_like(x, 40 * index % 256)], -1)
    pixels = np.concatenate([np.floor(colour * np.floor(alpha)[..., None] / 255 + 0.5), alpha[..., None]], -1)
    return Frame(index, pixels.astype(np.uint8))


def flat(index: int, rgb: tuple[int, int, int], alpha: int, width: int, height: int) -> Frame:
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[...] = (*((v * alpha * 2 + 255) // 510 for v in rgb), alpha)
    return Frame(index, pixels)


def write(path: Path, frames: list[Frame], fps: Fraction = Fraction(30), **options: Any) -> Path:
    sink = FfmpegSink(path, **options)
    sink.begin(SinkConfig(frames[0].width, frames[0].height, fps, 0, len(frames)))
    for frame in frames:
        sink.push_frame(frame.index, frame)
    sink.end()
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    return path


def probe(path: Path) -> dict[str, Any]:
    command = [tool("ffprobe"), "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)]
    (stream,) = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["streams"]
    return dict(stream)


def decode(path: Path, pix_fmt: str, width: int, height: int, *before: str) -> np.ndarray:
    """Return FFmpeg's decode as rows of samples: (frames, ...) uint8 or uint16, not scaled."""
    command = [tool("ffmpeg"), "-v", "error", *before, "-i", str(path), "-f", "rawvideo", "-pix_fmt", pix_fmt, "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint16 if "le" in pix_fmt else np.uint8)


def rgb_of(y: np.ndarray, u: np.ndarray, v: np.ndarray, bits: int) -> np.ndarray:
    """Return RGB in 0..255 by the formulas of BT.709, limited range, in float, rounded once."""
    unit = 1 << (bits - 8)
    luma, cb, cr = (y / unit - 16) / 219, (u / unit - 128) / 224, (v / unit - 128) / 224
    r, b = luma + 1.5748 * cr, luma + 1.8556 * cb
    g = (luma - 0.2126 * r - 0.0722 * b) / 0.7152
    return np.floor(np.clip(np.stack([r, g, b]) * 255, 0, 255) + 0.5)


def planes_at(raw: np.ndarray, pix_fmt: str, width: int, height: int) -> list[np.ndarray]:
    """Return each plane as (frames, h, w)."""
    cw = width if "444" in pix_fmt else (width + 1) // 2
    ch = (height + 1) // 2 if "420" in pix_fmt else height
    shapes = [(height, width), (ch, cw), (ch, cw)] + ([(height, width)] if "yuva" in pix_fmt else [])
    per_frame = sum(h * w for h, w in shapes)
    frames = raw.reshape(-1, per_frame)
    out, at = [], 0
    for h, w in shapes:
        out.append(frames[:, at : at + h * w].reshape(-1, h, w))
        at += h * w
    return out


LOSSLESS = [
    ("a.mp4", {"crf": 0}, "yuv420p", ()),
    ("a.mp4", {"crf": 0, "pix_fmt": "yuv444p"}, "yuv444p", ()),
    ("a.mov", {"crf": 0, "pix_fmt": "yuv422p"}, "yuv422p", ()),
    ("a.mp4", {"crf": 0, "pix_fmt": "yuv420p10le"}, "yuv420p10le", ()),
    ("a.mkv", {"crf": 0, "pix_fmt": "yuv444p10le"}, "yuv444p10le", ()),
    ("a.mp4", {"codec": "h265", "crf": 0}, "yuv420p", ()),
    ("a.mp4", {"codec": "h265", "crf": 0, "pix_fmt": "yuv422p10le"}, "yuv422p10le", ()),
    ("a.mp4", {"codec": "av1", "crf": 0, "preset": "12"}, "yuv420p", ()),
    ("a.webm", {"codec": "av1", "crf": 0, "preset": "12", "pix_fmt": "yuv420p10le"}, "yuv420p10le", ()),
    ("a.webm", {"crf": 0}, "yuva420p", ("-c:v", "libvpx-vp9")),
    ("a.mkv", {"codec": "vp9", "crf": 0, "pix_fmt": "yuv444p"}, "yuv444p", ()),
    ("a.mkv", {"codec": "ffv1", "pix_fmt": "yuva444p10le"}, "yuva444p10le", ()),
]


@pytest.mark.parametrize(("name", "options", "pix_fmt", "before"), LOSSLESS)
def test_flat_colours_come_back(
    tmp_path: Path, name: str, options: dict[str, Any], pix_fmt: str, before: tuple[str, ...]
) -> None:
    width, height = SIZES[0]
    alpha = 100 if "yuva" in pix_fmt else 255
    colours = FLAT + MIXED
    path = write(tmp_path / name, [flat(k, c, alpha, width, height) for k, c in enumerate(colours)], **options)
    found = probe(path)
    assert found["color_range"] == "tv"
    assert {found[k] for k in ("color_space", "color_transfer", "color_primaries")} == {"bt709"}
    planes = planes_at(decode(path, pix_fmt, width, height, *before), pix_fmt, width, height)
    bits = 10 if "10" in pix_fmt else 8
    got = rgb_of(*(plane[:, 0, 0].astype(float) for plane in planes[:3]), bits)
    # With alpha, the frame's own straight colours are what can come back.
    want = np.array([flat(0, c, alpha, 1, 1).straight()[0, 0, :3] for c in colours], float).T
    error = np.abs(got - want).max(axis=0)
    assert error[: len(FLAT)].max() <= 1.0 and error.max() <= 2.0
    assert all((plane == plane[:, :1, :1]).all() for plane in planes)
    if alpha != 255:
        assert set(np.unique(planes[3])) == {100 if bits == 8 else round(100 * 1023 / 255)}


@pytest.mark.parametrize("preset", ["8", "13"])
@pytest.mark.parametrize("crf", [3, 12, 30])
def test_flat_pictures_of_av1_with_ten_bits(tmp_path: Path, crf: int, preset: str) -> None:
    options = {"codec": "av1", "pix_fmt": "yuv420p10le", "crf": crf, "preset": preset}
    colours = (FLAT + MIXED) * 2
    path = write(tmp_path / "a.mp4", [flat(k, c, 255, 256, 144) for k, c in enumerate(colours)], **options)
    planes = planes_at(decode(path, "yuv420p10le", 256, 144), "yuv420p10le", 256, 144)
    got = rgb_of(*(plane[:, 0, 0].astype(float) for plane in planes), 10)
    assert np.abs(got - np.array(colours, float).T).max() <= 3.0


LOSSY = [
    ("a.mp4", {}, "yuv420p", (), 6.0),
    ("a.mp4", {"codec": "hevc"}, "yuv420p", (), 8.0),
    ("a.mp4", {"codec": "av1", "preset": "12"}, "yuv420p", (), 10.0),
    ("a.webm", {"codec": "av1", "preset": "12", "pix_fmt": "yuv420p10le"}, "yuv420p10le", (), 10.0),
    ("a.mp4", {"codec": "vp9"}, "yuv420p", (), 8.0),
    ("a.mov", {"codec": "prores"}, "yuv422p10le", (), 4.0),
    ("a.mov", {"codec": "prores", "preset": "proxy"}, "yuv422p10le", (), 12.0),
    ("a.mov", {"codec": "prores", "preset": "4444xq"}, "yuva444p10le", (), 2.0),
    ("a.mov", {"profile": "master"}, "yuva444p10le", (), 2.0),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("name", "options", "pix_fmt", "before", "bound"), LOSSY)
def test_lossy_formats_hold_every_size(
    tmp_path: Path,
    name: str,
    options: dict[str, Any],
    pix_fmt: str,
    before: tuple[str, ...],
    bound: float,
    size: tuple[int, int],
) -> None:
    width, height = size
    frames = [soft_disc(k, width, height) for k in range(6)]
    path = write(tmp_path / name, frames, Fraction(24), **options)
    found = probe(path)
    assert (found["width"], found["height"], int(found["nb_read_frames"])) == (width, height, 6)
    if "duration" in found:
        assert float(found["duration"]) == pytest.approx(6 / 24, abs=1e-6)
    else:
        assert found["tags"]["DURATION"].startswith("00:00:00.250")
    if found["pix_fmt"] == "yuv444p":  # how H.264 and H.265 hold odd sizes
        pix_fmt = "yuv444p"
    planes = planes_at(decode(path, pix_fmt, width, height, *before), pix_fmt, width, height)
    bits = 10 if "10" in pix_fmt else 8
    unit = 1 << (bits - 8)
    for index, frame in enumerate(frames):
        colour = frame.straight() if "yuva" in pix_fmt else frame.rgba
        luma = 16 + (colour[..., :3] / 255) @ np.array([0.2126, 0.7152, 0.0722]) * 219
        shown = frame.rgba[..., 3] > 0 if "yuva" in pix_fmt else np.ones((height, width), bool)
        assert np.abs(planes[0][index] / unit - luma)[shown].mean() < bound
        if "yuva" in pix_fmt:
            assert np.abs(planes[3][index] / 1023 * 255 - frame.rgba[..., 3]).max() <= 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("name", "options"),
    [("a.mkv", {"codec": "ffv1"}), ("a.mkv", {"profile": "master"}), ("a.apng", {}), ("a.webp", {})],
)
def test_rgb_formats_keep_every_pixel(
    tmp_path: Path, name: str, options: dict[str, Any], size: tuple[int, int]
) -> None:
    frames = [soft_disc(k, *size) for k in range(5)]
    path = write(tmp_path / name, frames, **options)
    if name == "a.mkv":
        raw = decode(path, "bgra", *size).reshape(5, size[1], size[0], 4)
        got = [picture[..., (2, 1, 0, 3)] for picture in raw]
        assert probe(path)["color_space"] == "gbr" and probe(path)["color_transfer"] == "iec61966-2-1"
    else:
        with Image.open(path) as image:
            assert getattr(image, "n_frames", 1) == 5 and image.info["loop"] == 0
            got = []
            for k in range(5):
                image.seek(k)
                got.append(np.asarray(image.convert("RGBA")))
    for frame, picture in zip(frames, got, strict=True):
        shown = frame.rgba[..., 3] > 0  # WebP may change colours that nobody sees
        want = frame.straight()
        assert np.array_equal(picture[..., 3], want[..., 3]) and np.array_equal(picture[shown], want[shown])


@pytest.mark.parametrize("size", SIZES)
def test_webm_keeps_alpha(tmp_path: Path, size: tuple[int, int]) -> None:
    width, height = size
    frames = [soft_disc(k, width, height) for k in range(4)]
    path = write(tmp_path / "a.webm", frames, crf=0)
    assert probe(path)["tags"]["alpha_mode"] == "1"
    raw = decode(path, "yuva420p", width, height, "-c:v", "libvpx-vp9")
    y, u, _, a = planes_at(raw, "yuva420p", width, height)
    for k, frame in enumerate(frames):
        assert np.array_equal(a[k], frame.rgba[..., 3])
        straight = frame.straight() / 255
        luma = 16 + straight[..., :3] @ np.array([0.2126, 0.7152, 0.0722]) * 219
        assert np.abs(y[k] - luma).max() <= 1.0
        # Chroma at the soft edge is that of the colours that show, not of the black beside them.
        full = np.repeat(np.repeat(u[k], 2, 0), 2, 1)[:height, :width]
        cb = 128 + 224 * (straight[..., 2] - (luma - 16) / 219) / 1.8556
        edge = (frame.rgba[..., 3] > 20) & (frame.rgba[..., 3] < 230)
        assert np.abs(full - cb)[edge].mean() < 6


def times_of(path: Path) -> list[float]:
    with Image.open(path) as image:
        out = []
        for k in range(getattr(image, "n_frames", 1)):
            image.seek(k)
            image.load()
            out.append(float(image.info["duration"]))
        return out


def test_gif_palette_alpha_and_times(tmp_path: Path) -> None:
    frames = [soft_disc(k, 80, 60) for k in range(7)]
    path = write(tmp_path / "a.gif", frames)
    assert times_of(path) == [30, 40, 30, 30, 40, 30, 30]  # hundredths: 230 ms of 233
    with Image.open(path) as image:
        assert image.info["loop"] == 0
        for k, frame in enumerate(frames):
            image.seek(k)
            got = np.asarray(image.convert("RGBA")).astype(int)
            want = frame.straight().astype(int)
            assert np.array_equal(got[..., 3] == 255, want[..., 3] >= 128)
            shown = want[..., 3] >= 128
            assert np.abs(got - want)[shown][:, :3].mean() < 12  # dithered
    flat_frames = [flat(k, c, 255, 32, 32) for k, c in enumerate(FLAT + MIXED)]
    path.unlink()
    with Image.open(write(path, flat_frames, Fraction(10))) as image:
        for k, c in enumerate(FLAT + MIXED):
            image.seek(k)
            assert np.abs(np.asarray(image.convert("RGB")).astype(int) - c).max() <= 1  # the palette is made in Oklab


@pytest.mark.parametrize(
    ("fps", "count"), [(Fraction(60), 30), (Fraction(120), 60), (Fraction(50), 10), (Fraction(1), 2)]
)
def test_gif_never_shows_a_frame_too_shortly(tmp_path: Path, fps: Fraction, count: int) -> None:
    frames = [flat(k, (k * 4, 0, 0), 255, 8, 8) for k in range(count)]
    times = times_of(write(tmp_path / "a.gif", frames, fps))
    assert min(times) >= 20 and sum(times) == pytest.approx(count * 1000 / fps, abs=20)


@pytest.mark.parametrize("name", ["a.webp", "a.apng"])
def test_animated_images_last_exactly(tmp_path: Path, name: str) -> None:
    frames = [flat(k, (k * 4, 0, 0), 255, 8, 8) for k in range(12)]
    times = times_of(write(tmp_path / name, frames, Fraction(30000, 1001)))
    assert sum(times) == pytest.approx(12 * 1001 / 30, abs=1)


def test_equal_pictures_are_encoded_from_one_copy(tmp_path: Path) -> None:
    picture = soft_disc(0, 64, 48)
    path = write(tmp_path / "a.mkv", [picture.at(k) for k in range(5)], codec="ffv1")
    raw = decode(path, "bgra", 64, 48).reshape(5, -1)
    assert (raw == raw[0]).all()


WANTS = [
    ("a.mp4", {}, (64, 48), "nv12"),
    ("a.mp4", {}, (63, 48), "yuv444p"),  # odd sizes
    ("a.mp4", {"codec": "h265"}, (64, 48), "yuv420p"),
    ("a.mp4", {"pix_fmt": "yuv422p10le"}, (64, 48), "yuv422p10le"),
    ("a.webm", {}, (64, 48), "yuva420p"),
    ("a.webm", {"opaque": True}, (64, 48), "yuv420p"),
    ("a.mov", {"codec": "prores"}, (64, 48), "yuv422p10le"),
    ("a.mov", {"profile": "master"}, (64, 48), "yuva444p10le"),
    ("a.mkv", {"profile": "master"}, (64, 48), "bgra_straight"),
    ("a.apng", {}, (64, 48), "rgba_straight"),
    ("a.gif", {}, (64, 48), "bgra_straight"),
]


@pytest.mark.parametrize(("name", "settings", "size", "form"), WANTS)
def test_sinks_read_the_planes_that_they_encode(
    tmp_path: Path, name: str, settings: dict[str, Any], size: tuple[int, int], form: str
) -> None:
    settings = dict(settings)
    config = SinkConfig(*size, Fraction(25), 0, 1, opaque=settings.pop("opaque", False))
    sink = FfmpegSink(tmp_path / name, **settings)
    sink.begin(config)
    try:
        wanted = sink_wants(sink)
        assert wanted is not None and wanted.name == form
    finally:
        sink.abort()


def test_a_sink_that_wants_what_there_is_not_is_told() -> None:
    class Sink:
        wants = "yuv411p"

    with pytest.raises(SchemaError, match=r"Sink wants frames in a form that there is not.*yuv411p.*rgba, nv12, yuv420p"):
        sink_wants(Sink())


def test_tags_that_apple_wants(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [soft_disc(0, 64, 48)], codec="h265")
    assert probe(path)["codec_tag_string"] == "hvc1"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_films_of_few_frames_have_times(tmp_path: Path, count: int) -> None:
    """x265 takes them from memory that it never wrote: of thirty files one was sure to fail."""
    for k in range(30):
        (tmp_path / str(k)).mkdir()
        path = write(tmp_path / str(k) / "a.mp4", [soft_disc(i, 64, 48) for i in range(count)], codec="h265")
        with av.open(str(path)) as film:
            packets = [p for p in film.demux(video=0) if p.size]
        times = [p.dts for p in packets]
        assert len(times) == count and times == sorted(set(times))
        assert all(0 <= p.pts - p.dts <= 4 * p.duration for p in packets)


def test_social_has_a_key_frame_every_two_seconds(tmp_path: Path) -> None:
    frames = [soft_disc(k % 30, 32, 32) for k in range(50)]
    path = write(tmp_path / "a.mp4", frames, Fraction(10), profile="social")
    command = [tool("ffprobe"), "-v", "error", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0", str(path)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    keys = [float(line.split(",")[0]) for line in lines if ",K" in line]
    assert keys[0] == 0 and max(np.diff([*keys, 5.0])) <= 2


BAD = [
    ("mp4", {"codec": "prores"}, ["codec for .mp4", "found prores_ks", "libx264, libx265"]),
    ("webm", {"codec": "h264"}, ["codec for .webm", "libvpx-vp9, libsvtav1"]),
    ("mp4", {"codec": "libx246"}, ["no such codec", "did you mean 'libx26"]),
    ("mp4", {"crf": 52}, ["crf of libx264", "0 to 51"]),
    ("webm", {"crf": 64}, ["0 to 63"]),
    ("mp4", {"crf": -1}, ["found -1"]),
    ("mov", {"codec": "prores", "crf": 3}, ["prores_ks has no crf", "leave --crf out"]),
    ("gif", {"preset": "fast"}, ["gif has no presets"]),
    ("mp4", {"preset": "slwo"}, ["did you mean 'slow'"]),
    ("mp4", {"pix_fmt": "yuv420"}, ["pixel format for libx264", "did you mean 'yuv420p'"]),
    ("mp4", {"codec": "vp9", "pix_fmt": "yuva420p"}, ["holds no alpha"]),
    ("mov", {"codec": "prores", "preset": "hq", "pix_fmt": "yuva444p10le"}, ["4444, 4444xq"]),
    ("mov", {"codec": "prores", "preset": "4444", "pix_fmt": "yuv422p10le"}, ["proxy, lt, standard, hq"]),
    ("mp4", {"profile": "wbe"}, ["no such profile", "did you mean 'web'"]),
    ("mp4", {"profile": "master"}, ["profile master", "found .mp4", ".mov, .mkv"]),
    ("avi", {}, ["no such container", "matroska"]),
]


@pytest.mark.parametrize(("container", "options", "texts"), BAD)
def test_bad_combinations(container: str, options: dict[str, Any], texts: list[str]) -> None:
    with pytest.raises(SchemaError) as error:
        choose(container, **options)
    for text in texts:
        assert text in str(error.value)


def test_odd_sizes_of_an_explicit_format_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="yuv444p") as error:
        FfmpegSink(tmp_path / "a.mp4", pix_fmt="yuv420p").begin(SinkConfig(65, 47, Fraction(30), 0, 1))
    assert "66x48" in str(error.value) and not list(tmp_path.iterdir())


def test_flags_beat_the_profile() -> None:
    web = choose("mp4", profile="web")
    assert web.options == {"crf": "21", "preset": "slow"}
    assert choose("mp4", profile="web", crf=30, preset="fast").options == {"crf": "30", "preset": "fast"}
    other = choose("mp4", codec="h265", profile="web")
    assert other.codec == "libx265" and other.options["crf"] == "20"


def test_tables_agree() -> None:
    for container in CONTAINERS.values():
        assert set(container.codecs) <= set(CODECS)
        assert not any(CODECS[name].hardware for name in container.codecs)
    for of_profile in PROFILES.values():
        for container_name, (codec, crf, preset, pix_fmt) in of_profile.items():
            assert choose(container_name, codec, crf, preset, pix_fmt).codec == codec


def test_hardware_that_is_not_there(tmp_path: Path) -> None:
    sink = FfmpegSink(tmp_path / "a.mp4", codec="h264_qsv")
    with pytest.raises(EncodeError, match=r"a\.mp4: the encoder h264_qsv does not start.*is its hardware there"):
        sink.begin(SinkConfig(64, 48, Fraction(30), 0, 1))
    assert not list(tmp_path.iterdir())
