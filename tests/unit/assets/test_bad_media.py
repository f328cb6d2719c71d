"""Media that lie, break off, jump, grow or hide what they hold: one clear error, or a recovery that is told."""

from __future__ import annotations

import json
import os
import random
import re
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import leaf, scene
from tests.support.sounds import encode, noise
from tests.support.tools import tool
from tests.unit.assets.conftest import MakeVideo
from wavyte_gpu.assets import AssetStore, VideoRequest
from wavyte_gpu.assets import video as video_module
from wavyte_gpu.assets.image import prepare_image
from wavyte_gpu.assets.media_file import unchanged
from wavyte_gpu.assets.request import SoundRequest
from wavyte_gpu.assets.sound import prepare_sound
from wavyte_gpu.assets.video import PreparedVideo, prepare_video
from wavyte_gpu.foundation.errors import AssetError, UnsupportedError, WavyteError

F = Fraction


def ffmpeg(*arguments: object) -> None:
    subprocess.run([tool("ffmpeg"), "-v", "error", "-y", *map(str, arguments)], check=True)


def pictures(size: str = "64x48", seconds: float = 1) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=s={size}:d={seconds}:r=25"]


def beeps(rate: int = 48000, seconds: float = 1) -> list[str]:
    return ["-f", "lavfi", "-i", f"sine=d={seconds}:r={rate}"]


def same_in_any_order(path: Path) -> int:
    """Check that frames in random order are those in order; return how many there are."""

    def bits(video: PreparedVideo, frame: int) -> bytes:
        return b"".join(np.ascontiguousarray(plane).tobytes() for plane in video.planes(frame))

    with prepare_video(path) as video:
        want = [bits(video, i) for i in range(video.frame_count)]
    with prepare_video(path) as video:
        order = random.Random(1).sample(range(len(want)), len(want))
        assert all(bits(video, i) == want[i] for i in order)
    return len(want)


# encrypted


def test_encrypted_mp4(tmp_path: Path) -> None:
    path = tmp_path / "e.mp4"
    keys = ["-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"]
    codecs = ["-c:v", "libx264", "-c:a", "aac", "-encryption_scheme", "cenc-aes-ctr", *keys]
    ffmpeg(*pictures(), *beeps(), *codecs, path)
    with pytest.raises(AssetError, match=r"e\.mp4: video stream 0 is encrypted from 0\.000 s on"):
        prepare_video(path)
    with pytest.raises(AssetError, match=r"e\.mp4: audio stream 1 is encrypted from 0\.000 s on"):
        prepare_sound(path)


def test_encrypted_webm(make_video: MakeVideo) -> None:
    path = make_video("e.mkv", range(5), codec="libvpx-vp9", container_options={"live": "1", "write_crc32": "0"})
    path.write_bytes(with_key_id(path.read_bytes()))
    with pytest.raises(AssetError, match=r"e\.mkv: video stream 0 is encrypted from 0\.000 s on"):
        prepare_video(path)


def element(number: str, payload: bytes) -> bytes:
    """Return an EBML element."""
    return bytes.fromhex(number) + (0x01 << 56 | len(payload)).to_bytes(8, "big") + payload


def child(data: bytes, number: str, start: int) -> tuple[int, int, int]:
    """Return where an EBML element, its payload and its end lie."""
    at = data.index(bytes.fromhex(number), start)
    head = at + len(number) // 2
    width = 9 - data[head].bit_length()
    size = int.from_bytes(data[head : head + width], "big") & ((1 << 7 * width) - 1)
    return at, head + width, head + width + size


def with_key_id(data: bytes) -> bytes:
    """Return a Matroska file of unknown length whose first track says that it is encrypted (AES, key 1)."""
    tracks, inside, end = child(data, "1654ae6b", data.rindex(bytes.fromhex("1654ae6b")))  # the first is in the list of places
    _, entry, entry_end = child(data, "ae", inside)
    cipher = element("5035", element("47e1", b"\x05") + element("47e2", b"\x01" * 16))
    encoding = element("6d80", element("6240", element("5033", b"\x01") + cipher))
    entry_bytes = element("ae", data[entry:entry_end] + encoding)
    return data[:tracks] + element("1654ae6b", entry_bytes + data[entry_end:end]) + data[end:]


# endless, growing, claims that can't be kept


def test_files_without_an_end_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "zero.mp4").symlink_to("/dev/zero")
    for make in (VideoRequest, SoundRequest):
        for source, root, says in (("pipe.mp4", tmp_path, "no regular file"), ("zero.mp4", tmp_path, "leaves the assets root")):
            with pytest.raises(WavyteError, match=says):
                AssetStore([("v", make(source))], tmp_path, root)
        with pytest.raises(WavyteError, match="no regular file"):
            AssetStore([("v", make("zero.mp4"))], tmp_path, Path("/"))
    for name in ("pipe.mp4", "zero.mp4"):
        command = [sys.executable, "-m", "wavyte_gpu", "inspect", str(tmp_path / name)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert result.returncode == 2 and "this is no file" in result.stderr


def test_a_file_that_grows_is_refused(make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video("g.mkv", range(5))
    size = path.stat().st_size
    monkeypatch.setattr(video_module.os, "fstat", lambda _: os.stat_result((0o644, 0, 0, 1, 0, 0, size - 9, 0, 0, 0)))
    with pytest.raises(AssetError, match=r"g\.mkv changes while it is read"):
        prepare_video(path)
    with pytest.raises(AssetError, match="changes while"), unchanged(path, "g.mkv"), path.open("ab") as file:
        file.write(b"more")


def test_reading_a_growing_file_ends(tmp_path: Path) -> None:
    """A file that something fills as fast as it can: reading it comes to an end, whatever it finds."""
    path = tmp_path / "g.wav"
    data = bytearray(encode(noise(48_000), 48_000))
    struct.pack_into("<I", data, data.index(b"data") + 4, 0xFFFFFFFF)
    path.write_bytes(bytes(data))
    stop = threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set() and file.tell() < 1 << 26:
                file.write(bytes(1 << 16))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            with pytest.raises(AssetError, match=r"g\.wav"):
                prepare_video(path)
            try:
                prepare_sound(path).close()
            except AssetError as error:
                assert "changes while it is read" in str(error)
    finally:
        stop.set()
        writer.join()


BOUNDED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
from pathlib import Path
from wavyte_gpu.assets.video import prepare_video
from wavyte_gpu.foundation.errors import WavyteError
try:
    with prepare_video(Path(sys.argv[1])) as video:
        for i in range(video.frame_count):
            video.planes(i)
        print("frames", video.frame_count)
except WavyteError as error:
    print("error", error)
"""


def bounded(path: Path) -> str:
    """Return what a process of limited time and memory says of a video."""
    result = subprocess.run([sys.executable, "-c", BOUNDED, str(path)], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("count", [1_000_000_000, 150_000_000])
def test_an_index_that_claims_any_number_of_frames(make_video: MakeVideo, count: int) -> None:
    path = make_video("claim.mp4", range(25))
    data = bytearray(path.read_bytes())
    struct.pack_into(">II", data, data.index(b"stsz") + 8, 1, count)
    struct.pack_into(">II", data, data.index(b"stts") + 12, count, 1)
    struct.pack_into(">I", data, data.index(b"stsc") + 16, count)
    if (shifts := data.find(b"ctts")) > 0:
        data[shifts : shifts + 4] = b"free"
    path.write_bytes(bytes(data))
    assert bounded(path).startswith("error") and "claim.mp4" in bounded(path)


def test_a_header_that_claims_any_number_of_frames(make_video: MakeVideo) -> None:
    path = make_video("claim.avi", range(25), codec="mpeg4")
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"avih") + 24, 1_000_000_000)
    struct.pack_into("<I", data, data.index(b"strh") + 40, 1_000_000_000)
    path.write_bytes(bytes(data))
    assert bounded(path) == "frames 25\n"


def test_an_index_that_points_to_itself(make_video: MakeVideo) -> None:
    path = make_video("loop.mkv", range(25))
    data = bytearray(path.read_bytes())
    head = data.index(bytes.fromhex("114d9b74"))
    segment = data.index(bytes.fromhex("18538067")) + 12
    places = [m.start() for m in re.finditer(b"\x53\xac", bytes(data[head : head + 120]))]
    for at in places:
        width = data[head + at + 2] & 0x7F
        data[head + at + 3 : head + at + 3 + width] = (head - segment).to_bytes(width, "big")
    path.write_bytes(bytes(data))
    assert places and bounded(path) == "frames 25\n"


def test_fragments_that_point_back(tmp_path: Path) -> None:
    path = tmp_path / "frag.mp4"
    ffmpeg(*pictures(), "-c:v", "libx264", "-g", "5", "-movflags", "frag_keyframe+empty_moov+default_base_moof", path)
    data = bytearray(path.read_bytes())
    last = data.rindex(b"moof") - 4
    table = data.rindex(b"tfra")
    for at in range(table + 20, min(table + 120, len(data) - 8)):
        if struct.unpack_from(">I", data, at)[0] == last:
            struct.pack_into(">I", data, at, data.index(b"moof") - 4)
    runs = [m.start() for m in re.finditer(b"trun", bytes(data))]
    for at in runs:  # every fragment's data begin at the first fragment
        struct.pack_into(">i", data, at + 12, -1 << 30)
    path.write_bytes(bytes(data))
    assert bounded(path).startswith(("frames", "error"))


# clocks


def jumping(path: Path, times: list[int]) -> Path:
    """Write key frames at times in ms, each stated to last 40 ms."""
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("mpeg4", rate=25, options={"g": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        packets = []
        for k in range(len(times)):
            frame = av.VideoFrame.from_ndarray(np.full((72, 64), k * 9 % 256, np.uint8), "yuv420p")
            frame.pts, frame.time_base = 40 * k, F(1, 1000)
            packets += stream.encode(frame)
        for packet, at in zip([*packets, *stream.encode(None)], times, strict=True):
            packet.pts = packet.dts = at
            packet.time_base, packet.duration = F(1, 1000), 40
            out.mux(packet)
    return path


HOURS = 5 * 3600_000


@pytest.mark.parametrize("suffix", ["mkv", "nut", "ts"])
def test_a_clock_that_jumps_forward_by_hours(tmp_path: Path, suffix: str) -> None:
    path = jumping(tmp_path / f"j.{suffix}", [40 * k + HOURS * (k >= 6) for k in range(12)])
    with prepare_video(path) as video:
        assert video.times_s == [F(40 * k, 1000) for k in range(12)] and video.duration_s == F(480, 1000)
        assert [(p.code, p.found) for p in video.problems] == [("video_jumps", "1 jumps")]
        assert re.search(rf"j\.{suffix}: the clock of stream 0 jumps, first at 0\.240 s", video.problems[0].message)
    assert same_in_any_order(path) == 12


def test_long_stills_are_no_jumps(make_video: MakeVideo) -> None:
    pts = [0, 40, 3_000_000, 3_000_040]
    with prepare_video(make_video("still.mkv", pts, time_base=F(1, 1000))) as video:
        assert video.times_s == [F(p, 1000) for p in pts] and video.problems == ()
    hours = [0, 40, HOURS, HOURS + 40]  # MP4 says how long each frame lasts
    with prepare_video(make_video("still.mp4", hours, time_base=F(1, 1000))) as video:
        assert video.times_s == [F(p, 1000) for p in hours] and video.problems == ()


@pytest.mark.parametrize(("first", "second"), [(100, 0), (0, 0), (40000, 0)])
def test_a_clock_that_runs_backwards_or_repeats(tmp_path: Path, first: int, second: int) -> None:
    """Two recordings one after the other, each with its own clock: picture and sound stay together."""
    parts = []
    for i, offset in enumerate((first, second)):
        parts.append(tmp_path / f"{i}.ts")
        codecs = ["-c:v", "libx264", "-bf", "2", "-c:a", "mp2", "-output_ts_offset", offset]
        ffmpeg(*pictures(), *beeps(), *codecs, parts[-1])
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    with prepare_video(path) as video:
        assert video.frame_count == 50
        assert all(F(3, 100) < b - a < F(5, 100) for a, b in pairwise(video.times_s))
        assert [p.code for p in video.problems] == ["video_jumps"]
        origin = video.origin_s
    sound = prepare_sound(path, origin_s=origin)
    assert sound.length == pytest.approx(2 * 48000, abs=1500)
    assert [p.code for p in sound.problems] == ["sound_jumps"] and re.search(r"first at 1\.0\d\d s", sound.problems[0].message)
    assert same_in_any_order(path) == 50


def test_jumps_are_counted_in_the_result(tmp_path: Path) -> None:
    jumping(tmp_path / "j.mkv", [40 * k + HOURS * (k >= 6) for k in range(12)])
    document = scene(leaf("v", "v"), assets={"v": {"video": {"source": "j.mkv"}}}, size=(64, 48), duration=12)
    document["fps"] = 25
    (tmp_path / "c.json").write_text(json.dumps(document))
    with wv.RenderSession(wv.load(tmp_path / "c.json"), options=wv.SessionOptions(backend="reference")) as session:
        session.render_range(range(12), wv.InMemorySink())
        assert [p.code for p in session.warnings] == ["video_jumps"]


@pytest.mark.parametrize("suffix", ["mkv", "nut"])
def test_negative_times_count_from_the_first(tmp_path: Path, suffix: str) -> None:
    path = jumping(tmp_path / f"n.{suffix}", [40 * k - 200 for k in range(12)])
    with prepare_video(path) as video:
        assert video.times_s == [F(40 * k, 1000) for k in range(12)]
        assert [video.frame_at(F(40 * k, 1000)) for k in range(12)] == list(range(12))


# what changes on the way, what is missing, what is not known


def test_a_picture_that_changes_names_file_stream_and_time(tmp_path: Path) -> None:
    for i, size in enumerate(("64x48", "96x48")):
        ffmpeg(*pictures(size), "-c:v", "libx264", "-output_ts_offset", i, tmp_path / f"{i}.ts")
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join((tmp_path / f"{i}.ts").read_bytes() for i in range(2)))
    with prepare_video(path) as video:
        video.planes(24)
        with pytest.raises(UnsupportedError, match=r"both\.ts: the picture of stream 0 changes .* at 1\.000 s.*96x48.*64x48"):
            video.planes(25)
        video.planes(3)


def test_a_sample_rate_that_changes_names_file_stream_and_time(tmp_path: Path) -> None:
    for i, rate in enumerate((48000, 44100)):
        ffmpeg(*pictures(), *beeps(rate), "-c:v", "libx264", "-c:a", "mp2", "-output_ts_offset", i, tmp_path / f"{i}.ts")
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join((tmp_path / f"{i}.ts").read_bytes() for i in range(2)))
    sound = prepare_sound(path)
    with pytest.raises(AssetError, match=r"both\.ts: sound of stream 1 at 1\.0\d\d s: the sample rate changes from 48000 to 44100"):
        sound.read(0, sound.length)


def test_codecs_that_are_not_known(tmp_path: Path) -> None:
    path = tmp_path / "c.mp4"
    ffmpeg(*pictures(), *beeps(), "-c:v", "libx264", "-c:a", "aac", path)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"avc1", b"zzz1"))
    with pytest.raises(AssetError, match=r"c\.mp4.*stream 0 is of a codec that is not known"):
        prepare_video(path)
    assert prepare_sound(path).length >= 44_100
    path = tmp_path / "c.mkv"
    ffmpeg(*pictures(), *beeps(), "-c:v", "libx264", "-c:a", "aac", path)
    path.write_bytes(path.read_bytes().replace(b"A_AAC", b"A_ZZZ"))
    with pytest.raises(AssetError, match=r"c\.mkv.*stream 1 is of a codec that is not known"):
        prepare_sound(path)
    document = scene(leaf("v", "v"), assets={"v": {"video": {"source": "c.mkv"}}}, size=(64, 48), duration=3)
    (tmp_path / "c.json").write_text(json.dumps(document))
    with wv.RenderSession(wv.load(tmp_path / "c.json"), options=wv.SessionOptions(backend="reference")) as session:
        session.render_range(range(3), wv.FfmpegSink(tmp_path / "o.mkv"))
        assert [p.code for p in session.warnings] == ["silent_video"]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
def test_streams_that_hold_nothing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"empty.{suffix}"
    with av.open(str(path), "w") as out:
        picture: Any = out.add_stream("mpeg4", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        sound: Any = out.add_stream("libmp3lame", rate=44100, layout="stereo")
        picture.codec_context.open(strict=False)
        sound.codec_context.open(strict=False)
        out.start_encoding()
    for prepare in (prepare_video, prepare_sound):
        with pytest.raises(AssetError, match=rf"empty\.{suffix}"):
            prepare(path)


def test_other_names_do_not_matter_and_other_contents_are_told(make_video: MakeVideo, tmp_path: Path) -> None:
    path = make_video("v.mkv", range(5))
    renamed = path.rename(tmp_path / "v.mp4")
    with prepare_video(renamed) as video:
        assert video.frame_count == 5
    with pytest.raises(AssetError, match=r"v\.mp4"):
        prepare_image(renamed)
    with pytest.raises(AssetError, match=r"v\.mp4.*no sound stream"):
        prepare_sound(renamed)
    for data in (b"", b"%PDF-1.7 " * 99, b"#!/bin/sh\n" * 99, b"#EXTM3U\n#EXTINF:1,\nv.mp4\n", b"ffconcat version 1.0\nfile v.mp4\n"):
        (tmp_path / "w.mp4").write_bytes(data)
        for prepare in (prepare_video, prepare_sound):
            with pytest.raises(AssetError, match=r"w\.mp4"):
                prepare(tmp_path / "w.mp4")


SOUNDS: list[tuple[str, bool]] = [("wav", True), ("flac", True), ("mka", True), ("m4a", True), ("mp3", False), ("ogg", False)]


@pytest.mark.parametrize(("suffix", "told"), SOUNDS)
def test_sound_that_is_cut_off(tmp_path: Path, suffix: str, told: bool) -> None:
    """What is there plays; formats that state their length tell that there was more."""
    path = tmp_path / f"s.{suffix}"
    ffmpeg(*beeps(44100, 3), "-movflags", "faststart", path) if suffix == "m4a" else ffmpeg(*beeps(44100, 3), path)
    whole = prepare_sound(path)
    assert whole.problems == []
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 7 // 10])
    cut = prepare_sound(path)
    found = cut.read(0, cut.length)
    same = cut.length - 8192  # the last packets are incomplete
    assert 44100 // 2 < cut.length < whole.length and (found[:same] == whole.read(0, same)).all()
    codes = [p.code for p in cut.problems]
    assert ("cut_off_media" in codes) == told


CONTAINERS: list[tuple[str, list[str], Callable[[str], bool]]] = [
    ("t.avi", ["-c:v", "mpeg4", "-g", "10"], lambda code: code == "cut_off_media"),
    ("t.mkv", ["-c:v", "libx264", "-g", "10"], lambda code: code == "cut_off_media"),
    ("t.webm", ["-c:v", "libvpx-vp9", "-g", "10"], lambda code: code == "cut_off_media"),
    ("t.mov", ["-c:v", "prores_ks", "-movflags", "faststart"], lambda code: code == "cut_off_media"),
    ("f.mp4", ["-c:v", "libx264", "-movflags", "frag_keyframe+empty_moov"], lambda code: True),
    ("t.flv", ["-c:v", "libx264", "-g", "10"], lambda code: True),
]


@pytest.mark.parametrize(("name", "options", "told"), CONTAINERS)
def test_videos_that_are_cut_off(tmp_path: Path, name: str, options: list[str], told: Callable[[str], bool]) -> None:
    path = tmp_path / name
    ffmpeg(*pictures(seconds=1.6), *options, path)
    with prepare_video(path) as video:
        assert video.problems == () and video.frame_count == 40
        whole = [video.planes(i).y.tobytes() for i in range(40)]
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 9 // 10])
    with prepare_video(path) as video:
        shown = {round(time * 25): video.planes(i).y.tobytes() for i, time in enumerate(video.times_s)}
        codes = [p.code for p in video.problems]
    right = [k for k, y in shown.items() if y == whole[k]]
    assert 22 <= len(right) <= len(shown) < 40 and codes and told(codes[0])


def test_an_mp4_without_its_index_is_one_error(make_video: MakeVideo) -> None:
    path = make_video("plain.mp4", range(40))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(AssetError, match=r"plain\.mp4 can't be"):
        prepare_video(path)
