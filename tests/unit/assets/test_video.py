"""Videos: index, times, planes, tags, rotation, damage."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavyte_gpu.assets.frame_cache import FrameCache
from wavyte_gpu.assets.video import VideoTrim, prepare_video
from wavyte_gpu.foundation.errors import AssetError, UnsupportedError, WavyteError

F = Fraction
MakeVideo = Callable[..., Path]


def ffmpeg_planes(path: Path, pix_fmt: str) -> bytes:
    """Decode all frames with the ffmpeg program, as they are stored."""
    command = ["ffmpeg", "-v", "error", "-noautorotate", "-i", str(path), "-map", "0:v:0"]
    command += ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", pix_fmt, "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def own_planes(path: Path, order: list[int] | None = None) -> bytes:
    with prepare_video(path) as video:
        found = {}
        for i in order if order is not None else range(video.frame_count):
            found[i] = b"".join(p.tobytes() for p in video.planes(i))
        return b"".join(found[i] for i in sorted(found))


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "options"),
    [
        ("b.mp4", "libx264", "yuv420p", {"bf": "3", "g": "5", "preset": "fast"}),
        ("i.mp4", "libx264", "yuv420p", {"g": "1"}),
        ("open.mp4", "libx264", "yuv420p", {"g": "6", "bf": "2", "x264-params": "open-gop=1:scenecut=0"}),
        ("422.mkv", "libx264", "yuv422p", {"g": "4"}),
        ("444.mov", "libx264", "yuv444p", {"g": "4"}),
        ("10.mp4", "libx264", "yuv420p10le", {"g": "4"}),
        ("422-10.mkv", "libx264", "yuv422p10le", {}),
        ("444-10.mkv", "libx264", "yuv444p10le", {}),
        ("gray.mkv", "ffv1", "gray", {}),
        ("j.mkv", "mjpeg", "yuvj422p", {}),
        ("j2.avi", "mjpeg", "yuvj420p", {}),
        ("m2.ts", "mpeg2video", "yuv420p", {"bf": "2", "g": "6"}),
        ("m4.avi", "mpeg4", "yuv420p", {"bf": "2", "g": "6"}),
        ("vp8.webm", "libvpx", "yuv420p", {"auto-alt-ref": "1", "lag-in-frames": "8", "g": "8"}),
        ("vp9.webm", "libvpx-vp9", "yuv420p", {"auto-alt-ref": "1", "lag-in-frames": "8", "g": "8"}),
        ("265.mp4", "libx265", "yuv420p", {"x265-params": "log-level=none:keyint=6:bframes=3:open-gop=1"}),
    ],
)
def test_frames_are_those_of_ffmpeg_in_any_order(
    make_video: MakeVideo, name: str, codec: str, pix_fmt: str, options: dict[str, str]
) -> None:
    size = (
        (128, 128) if codec == "libx265" else (64, 48)
    )  # that encoder corrupts the heap at less than a block of 64 px
    path = make_video(name, range(24), codec=codec, pix_fmt=pix_fmt, options=options, size=size)
    expected = ffmpeg_planes(path, pix_fmt)
    frame_bytes = len(expected) // 24
    with prepare_video(path) as video:
        assert video.frame_count == 24 and video.size == size and not video.has_audio
        order = [0, 1, 2, 23, 3, 22, 11, 12, 13, 5, 6, 4, 17, 23, 0, *range(24), *range(23, -1, -1)]
        order += np.random.default_rng(5).integers(0, 24, 40).tolist()
        for i in order:
            planes = video.planes(i)
            want = expected[i * frame_bytes : (i + 1) * frame_bytes]
            parts = planes[:1] if pix_fmt == "gray" else planes
            assert b"".join(p.tobytes() for p in parts) == want, i
            assert not planes.y.flags.writeable
            assert video.frame_at(F(i, 25)) == i
        assert video.duration_s == F(24, 25) or name.endswith((".mkv", ".webm", ".ts"))


def test_a_packet_cut_by_a_seek_shifts_no_times(make_video: MakeVideo) -> None:
    """In a program stream the rest of a packet takes the time of the next one, which then gets a later one."""
    options = {"bf": "2", "g": "6", "b": "2M"}
    path = make_video("a.mpg", range(40), codec="mpeg2video", options=options, size=(160, 96))
    in_order = own_planes(path)
    size = len(in_order) // 40
    for frame in range(40):
        assert own_planes(path, [frame]) == in_order[frame * size : (frame + 1) * size], frame


def test_nv12_and_odd_sizes(make_video: MakeVideo) -> None:
    path = make_video("n.nut", range(3), codec="rawvideo", pix_fmt="nv12", size=(37, 21))
    with prepare_video(path) as video:
        planes = video.planes(1)
        assert planes.y.shape == (21, 37) and planes.u.shape == planes.v.shape == (11, 19)
    raw = ffmpeg_planes(path, "nv12")
    one = len(raw) // 3
    frame = np.frombuffer(raw[one : 2 * one], np.uint8)
    uv = frame[21 * 37 :].reshape(11, 38)
    assert (planes.y == frame[: 21 * 37].reshape(21, 37)).all()
    assert (planes.u == uv[:, ::2]).all() and (planes.v == uv[:, 1::2]).all()


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "nut"])
def test_variable_frame_rate_shows_the_frame_whose_interval_holds_the_time(make_video: MakeVideo, suffix: str) -> None:
    pts = [0, 10, 15, 60, 61, 130, 200, 500]
    path = make_video(f"vfr.{suffix}", pts, time_base=F(1, 1000), options={"bf": "2"})
    with prepare_video(path) as video:
        assert video.times_s == [F(p, 1000) for p in pts]
        for i, (a, b) in enumerate(zip(pts, [*pts[1:], 700], strict=True)):
            assert video.frame_at(F(a, 1000)) == i
            assert video.frame_at(F(2 * b - 2, 2000)) == i or b - a < 2
        assert video.frame_at(F(-3)) == 0 and video.frame_at(F(99)) == len(pts) - 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 40), min_size=1, max_size=10), st.integers(0, 500))
def test_any_times_match_a_plain_search(make_video: MakeVideo, gaps: list[int], start: int) -> None:
    pts = np.cumsum([start, *gaps]).tolist()
    path = make_video("any.nut", pts, time_base=F(1, 600), codec="ffv1", size=(16, 16))
    with prepare_video(path) as video:
        assert video.origin_s == F(start, 600)
        for numerator in range(0, pts[-1] - start + 30, 7):
            time = F(numerator, 600)
            wanted = max(i for i, p in enumerate(pts) if F(p - start, 600) <= time)
            assert video.frame_at(time) == wanted


def test_ntsc_times_rounded_to_milliseconds_find_their_frames(make_video: MakeVideo) -> None:
    path = make_video("ntsc.mkv", range(40), time_base=F(1001, 30000))
    with prepare_video(path) as video:
        assert [video.frame_at(F(k * 1001, 30000)) for k in range(40)] == list(range(40))


def test_a_start_offset_counts_from_the_first_stream(make_video: MakeVideo) -> None:
    with prepare_video(make_video("o.mkv", range(50, 60))) as video:
        assert video.origin_s == 2 and video.frame_at(F(0)) == 0 and video.frame_at(F(1, 25)) == 1
    with prepare_video(make_video("p.mkv", range(50, 60), audio_from=48000)) as video:
        assert video.has_audio and video.origin_s == pytest.approx(1, abs=0.1)
        assert video.frame_at(F(1, 2)) == 0
        assert video.frame_at(2 - video.origin_s + F(3, 25)) == 3


def test_times_that_packets_do_not_say_are_counted(make_video: MakeVideo) -> None:
    source = make_video("a.mp4", range(9), options={"bf": "2"})
    raw = source.with_name("raw.h264")
    subprocess.run(["ffmpeg", "-v", "error", "-i", source, "-c", "copy", "-bsf:v", "h264_mp4toannexb", raw], check=True)
    with prepare_video(raw) as video:
        assert video.frame_count == 9
        assert [video.frame_at(F(k, 25)) for k in range(9)] == list(range(9))
    expected = ffmpeg_planes(source, "yuv420p")
    assert own_planes(raw) == expected
    assert own_planes(raw, [8, 3, 0, 1, 2, 7, 6, 5, 4]) == expected


def test_edit_lists_hide_frames(make_video: MakeVideo) -> None:
    source = make_video("whole.mp4", range(20), options={"bf": "2", "g": "20"})
    cut = source.with_name("cut.mp4")
    subprocess.run(["ffmpeg", "-v", "error", "-ss", "0.4", "-i", source, "-c", "copy", cut], check=True)
    expected = ffmpeg_planes(cut, "yuv420p")
    assert own_planes(cut) == expected
    with prepare_video(cut) as video:
        assert video.origin_s == 0 or video.frame_at(F(0)) == 0
        assert video.frame_count == len(expected) // (64 * 48 * 3 // 2)


def test_streams_cut_inside_a_group_of_pictures(make_video: MakeVideo) -> None:
    options = {"g": "8", "bf": "2", "x264-params": "open-gop=1:scenecut=0"}
    source = make_video("og.ts", range(30), options=options)
    data = source.read_bytes()
    cut = source.with_name("cutog.ts")
    cut.write_bytes(data[len(data) // 188 // 3 * 188 :])
    with prepare_video(cut) as video:
        assert 5 < video.frame_count < 30
        forward = [video.planes(i).y.tobytes() for i in range(video.frame_count)]
        assert [video.planes(i).y.tobytes() for i in reversed(range(video.frame_count))] == forward[::-1]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotation_turns_the_planes(make_video: MakeVideo, degrees: int) -> None:
    plain = make_video("plain.mp4", range(3))
    turned = make_video("turned.mp4", range(3), rotation=degrees)
    upright = turned.with_name("upright.png")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", turned, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", upright],
        check=True,
    )
    with prepare_video(plain) as a, prepare_video(turned) as b:
        assert b.size == ((48, 64) if degrees % 180 else (64, 48))
        shown = np.frombuffer(upright.read_bytes(), np.uint8).reshape(b.height, b.width)
        candidates = [np.rot90(a.planes(0).y, k) for k in range(4)]
        errors = [np.abs(c.astype(int) - shown).mean() if c.shape == shown.shape else 999 for c in candidates]
        k = int(np.argmin(errors))
        for p, q in zip(a.planes(0), b.planes(0), strict=True):
            assert (np.rot90(p, k) == q).all()
        assert b.format.siting == {0: (0, 1), 1: (1, 2), 2: (2, 1), 3: (1, 0)}[k]


def test_siting_follows_rotation() -> None:
    """Positions of chroma samples, turned with the picture, are those that the siting of the turned planes gives."""
    from wavyte_gpu.assets.video_planes import _mirrored

    for width in (4, 5, 6, 7):
        samples = -(-width // 2)
        for siting in (0, 1, 2):
            positions = [2 * (width - 1) - (4 * i + siting) for i in reversed(range(samples))]
            assert positions[0] == _mirrored(siting, width, 1)


@pytest.mark.parametrize(
    ("tags", "size", "matrix", "full"),
    [
        ({}, (64, 48), "601", False),
        ({}, (16, 720), "709", False),
        ({"colorspace": 1}, (64, 48), "709", False),
        ({"colorspace": 6, "color_range": 2}, (16, 720), "601", True),
        ({"colorspace": 9, "color_range": 1}, (64, 48), "2020", False),
    ],
)
def test_tags(make_video: MakeVideo, tags: dict[str, int], size: tuple[int, int], matrix: str, full: bool) -> None:
    with prepare_video(make_video("t.mp4", range(2), tags=tags, size=size)) as video:
        assert video.format == (8, 1, 1, full, matrix, (0, 1), False)


def test_kinds_that_are_planned_are_named(make_video: MakeVideo) -> None:
    path = make_video("r.mkv", range(2), codec="ffv1", pix_fmt="yuv410p")
    with pytest.raises(UnsupportedError, match=r"r\.mkv.*yuv410p.*planned"):
        prepare_video(path)


def test_cache_is_bounded_and_threads_agree(make_video: MakeVideo) -> None:
    from concurrent.futures import ThreadPoolExecutor

    path = make_video("c.mp4", range(30), options={"g": "10"})
    cache = FrameCache(40_000)
    with prepare_video(path, cache=cache) as video, ThreadPoolExecutor(4) as pool:
        want = [video.planes(i).y.tobytes() for i in range(30)]
        assert 1 < len(cache) < 30 and cache.nbytes <= 40_000
        order = np.random.default_rng(1).integers(0, 30, 60).tolist()
        got = list(pool.map(lambda i: video.planes(i).y.tobytes(), order))
        assert got == [want[i] for i in order]
        with pytest.raises(IndexError):
            video.planes(30)
    with pytest.raises(AssetError, match="closed"):
        video.planes(29)


def test_trim_and_rate() -> None:
    trim = VideoTrim(F(1), F(3), F(2))
    assert trim.source_time(F(0)) == 1 and trim.source_time(F(1, 2)) == 2 and trim.source_time(F(9)) == 3
    assert trim.duration_s(F(10)) == 1 and trim.duration_s(F(2)) == F(1, 2)


def test_the_end_of_a_trim_is_exclusive(make_video: MakeVideo) -> None:
    path = make_video("trim.mp4", range(25))
    with prepare_video(path, trim=VideoTrim(F(5, 25), F(10, 25), F(1))) as video:
        assert [video.frame_at_local(F(k, 25)) for k in range(7)] == [5, 6, 7, 8, 9, 9, 9]
    with prepare_video(path, trim=VideoTrim(F(0), None, F(2))) as video:
        assert [video.frame_at_local(F(k, 25)) for k in range(4)] == [0, 2, 4, 6]


def test_content_hash_covers_bytes_and_trim(make_video: MakeVideo) -> None:
    a = make_video("h.mp4", range(3))
    with (
        prepare_video(a) as x,
        prepare_video(a.read_bytes(), "memory") as y,
        prepare_video(a, trim=VideoTrim(F(1))) as z,
    ):
        assert x.content_hash == y.content_hash != z.content_hash
        assert len(x.content_hash) == 16
        assert y.planes(2).y.tobytes() == x.planes(2).y.tobytes()


def test_damage_names_file_stream_and_time(make_video: MakeVideo) -> None:
    path = make_video("d.mkv", range(24), codec="ffv1", options={"g": "1", "slicecrc": "1", "level": "3"})
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(bytes(data))
    with pytest.raises(AssetError, match=r"d\.mkv.*stream 0.* s"), prepare_video(path) as video:
        for i in range(video.frame_count):
            video.planes(i)
        assert video.frame_count == 24


def test_files_without_video(tmp_path: Path) -> None:
    import wave

    sound = tmp_path / "s.wav"
    with wave.open(str(sound), "wb") as out:
        out.setparams((1, 2, 48000, 0, "NONE", ""))
        out.writeframes(bytes(2000))
    with pytest.raises(AssetError, match=r"s\.wav.*no video stream"):
        prepare_video(sound)
    for data in (b"", b"hello", b"\0" * 5000):
        with pytest.raises(AssetError, match="data of"):
            prepare_video(data)
    with pytest.raises(AssetError):
        prepare_video(tmp_path / "gone.mp4")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_bytes_never_give_anything_else(make_video: MakeVideo, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["f.mp4", "f.mkv", "f.avi", "f.ts"]))
    path = make_video(name, range(6), size=(32, 32), codec="mpeg4" if name == "f.avi" else "libx264")
    good = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(good) - 1))
        junk = data.draw(st.binary(min_size=1, max_size=12))
        good[at : at + len(junk)] = junk
    cut = data.draw(st.integers(0, len(good)))
    try:
        with prepare_video(bytes(good[:cut]), "fuzz") as video:
            for i in range(min(video.frame_count, 8)):
                video.planes(i)
    except WavyteError as error:
        assert "fuzz" in str(error)


def test_interlaced_pictures_are_a_warning(make_video: MakeVideo) -> None:
    with prepare_video(make_video("p.mp4", range(2))) as video:
        assert video.problems == ()
    fields = {"flags": "+ilme+ildct"}
    with prepare_video(make_video("i.ts", range(3), codec="mpeg2video", options=fields)) as video:
        assert [p.code for p in video.problems] == ["video_interlaced"]
