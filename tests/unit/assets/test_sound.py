"""Sound files: exact places, any order, all containers, channel layouts, damage."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from tests.support.sounds import decoded, encode, noise
from wavyte_gpu.assets import sound as sound_module
from wavyte_gpu.assets.channels import stereo_matrix
from wavyte_gpu.assets.sound import SegmentCache, prepare_sound
from wavyte_gpu.foundation.errors import AssetError

FILES = [
    ("wav", "pcm_s16le", 44100, False, {}, 0),
    ("wav", "pcm_f32le", 48000, False, {}, 0),
    ("flac", "flac", 48000, False, {}, 0),
    ("mp3", "libmp3lame", 44100, False, {}, 0),
    ("mp3", "libmp3lame", 48000, False, {"abr": "1"}, 0),
    ("mp4", "aac", 48000, False, {}, 0),
    ("mov", "aac", 44100, True, {}, 0),
    ("adts", "aac", 48000, False, {}, None),
    ("ogg", "libopus", 48000, False, {}, 0),
    ("ogg", "vorbis", 44100, False, {"strict": "-2"}, 63),
    ("webm", "libopus", 48000, True, {}, 24),
    ("matroska", "aac", 44100, True, {}, 1023),
    ("matroska", "vorbis", 44100, False, {"strict": "-2"}, 63),
    ("matroska", "pcm_s16le", 44100, False, {}, 0),
    ("mpegts", "aac", 44100, True, {}, None),
    ("avi", "libmp3lame", 44100, False, {}, None),
]


@pytest.fixture(autouse=True)
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_module, "SEGMENT", 1 << 14)


@pytest.mark.parametrize(("container", "codec", "rate", "picture", "options", "late"), FILES)
def test_any_part_is_that_of_a_decode_from_the_start(
    container: str, codec: str, rate: int, picture: bool, options: dict[str, str], late: int | None
) -> None:
    count = 4 * rate + 137
    data = encode(noise(count), rate, container, codec, options=options, picture=picture)
    straight = decoded(data)
    sound = prepare_sound(data)
    lead = int(max(sound._index.pos[0], 0))
    assert sound.sample_rate == rate
    if late is not None:  # the file says where its sound ends
        assert count <= sound.length <= count + late
    whole = sound.read(0, sound.length)
    same = min(sound.length - lead, len(straight))
    assert (whole[lead : lead + same] == straight[:same]).all() and same >= count - 1
    rng = np.random.default_rng(3)
    for _ in range(12):
        fresh = prepare_sound(data)
        for first in rng.integers(-500, sound.length, 2).tolist():
            size = int(rng.integers(1, 30000))
            expected = np.zeros((size, 2), np.float32)
            low, high = max(first, 0), min(first + size, sound.length)
            expected[low - first : high - first] = whole[low:high]
            assert (fresh.read(first, size) == expected).all(), (first, size)


def test_lossless_sound_is_what_went_in() -> None:
    samples = noise(100_000)
    assert (prepare_sound(encode(samples, 48000)).read(0, 100_000) == samples).all()
    for codec, container, full in (("pcm_s16le", "wav", 2**15), ("flac", "flac", 2**15)):
        found = prepare_sound(encode(samples, 48000, container, codec)).read(0, 100_000)
        assert np.abs(found - samples).max() <= 1.0 / full


def test_priming_and_padding_are_cut() -> None:
    click = np.zeros((48000, 2), np.float32)
    click[24000] = 0.9
    for container, codec in (("mp4", "aac"), ("mp3", "libmp3lame"), ("webm", "libopus"), ("ogg", "libopus")):
        found = prepare_sound(encode(click, 48000, container, codec)).read(0, 48000)
        assert abs(int(np.abs(found).sum(1).argmax()) - 24000) <= 2, (container, codec)


def test_the_cache_is_bounded() -> None:
    cache = SegmentCache(max_bytes=5 * (1 << 14) * 8)
    sound = prepare_sound(encode(noise(400_000), 48000), cache=cache)
    sound.read(0, 400_000)
    assert cache.held_bytes <= cache.max_bytes
    assert (sound.read(5, 1000) == prepare_sound(encode(noise(400_000), 48000)).read(5, 1000)).all()


@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("5.1", 6), ("7.1", 8), ("quad", 4), ("5.1(side)", 6)])
def test_channels_mix_down_as_ffmpeg_does(layout: str, channels: int) -> None:
    samples = np.random.default_rng(2).uniform(-0.5, 0.5, (5000, channels)).astype(np.float32)
    found = prepare_sound(encode(samples, 8000, layout=layout)).read(0, 5000)
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout=layout)
    frame.sample_rate = 8000
    mixer = av.AudioResampler(format="fltp", layout="stereo", rate=8000)
    expected = np.concatenate([f.to_ndarray() for f in [*mixer.resample(frame), *mixer.resample(None)]], axis=1).T
    if channels == 1:
        expected = np.repeat(samples, 2, axis=1)
    assert np.abs(found - expected).max() < 1e-6


def test_unknown_channels_take_their_usual_places() -> None:
    assert (stereo_matrix(("USR1", "USR2")) == np.eye(2)).all()
    assert stereo_matrix(tuple(f"USR{i}" for i in range(12))).shape == (12, 2)


def test_a_clock_that_jumps_is_followed_up_to_a_point() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as file:
        stream = file.add_stream("pcm_s16le", rate=48000, layout="stereo")
        for i, pts in enumerate([0, 4800, 9600, 24000, 28800]):  # 0.2 s are missing
            frame = av.AudioFrame.from_ndarray(np.full((1, 9600), 1000 * (i + 1), np.int16), "s16", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = 48000, pts, Fraction(1, 48000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    sound = prepare_sound(out.getvalue())
    found = (sound.read(0, sound.length)[:, 0] * 32768).round().astype(int)
    assert [p.code for p in sound.problems] == ["sound_jumps"]
    assert sound.length == 33600
    assert found[[100, 5000, 10000, 14399, 14400, 23999, 24000, 29000]].tolist() == [
        1000, 2000, 3000, 3000, 0, 0, 4000, 5000,
    ]  # fmt: skip


def test_damage_is_silence_and_counted() -> None:
    data = bytearray(encode(noise(200_000), 48000, "flac", "flac"))
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    sound = prepare_sound(bytes(data))
    found = sound.read(0, sound.length)
    assert sound.length == 200_000 and len(sound.problems) == 1
    assert np.abs(found[:50_000] - noise(200_000)[:50_000]).max() < 1e-4
    assert np.abs(found[-50_000:] - noise(200_000)[-50_000:]).max() < 1e-4


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"RIFF", "can't be opened"),
        (b"hello" * 1000, "it is no media file"),
        (encode(noise(10), 48000)[:-80], "no sample"),
        (encode(noise(48000), 48000, "mp4", "aac")[:5000], "can't be opened"),
    ],
)
def test_what_is_no_sound_says_so(data: bytes, says: str) -> None:
    with pytest.raises(AssetError, match=says):
        prepare_sound(data, "tune.bin")


def test_a_video_without_sound_and_a_sample_rate_that_changes() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=30)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        file.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        file.mux(stream.encode(None))
    with pytest.raises(AssetError, match="no sound stream"):
        prepare_sound(out.getvalue())
    changed = b"".join(encode(noise(48000), rate, "adts", "aac") for rate in (48000, 32000))
    sound = prepare_sound(changed, "tune.aac")
    with pytest.raises(AssetError, match=r"tune.aac: sound of stream 0 at 1\.0\d\d s: the sample rate changes"):
        sound.read(0, sound.length)
