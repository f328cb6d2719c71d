"""The mix of compositions against mixes made with NumPy: places, trims, rates, volumes, fades, switches, parts."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene
from tests.support.sounds import data_url, encode, noise, wav
from wavyte_gpu.audio.mix import HEADROOM, limit
from wavyte_gpu.encode.sink import SinkConfig

QUIET = 10 ** (-90 / 20)
FPS = 30


class Ear:
    """A sink that keeps the sound that it is given."""

    sound = True
    picture = False
    wants = "rgba"

    def begin(self, config: SinkConfig) -> None:
        self.audio = config.audio
        self.parts: list[np.ndarray] = []
        self.count = self.at = 0

    def push_frame(self, index: int, frame: Any) -> None:
        self.count += 1
        if self.audio is not None:
            until = self.audio.samples_until(self.count)
            self.parts.append(self.audio.read(self.at, until - self.at))
            self.at = until

    def end(self) -> None:
        self.samples = np.concatenate(self.parts) if self.parts else None

    def abort(self) -> None: ...


def hear(document: dict[str, Any], frames: range | None = None, **options: Any) -> np.ndarray:
    comp = wv.Composition.from_json(document)
    ear = Ear()
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference", **options)) as session:
        session.render_range(frames or range(comp.duration), ear)
    assert ear.samples is not None
    return ear.samples


def sound_scene(*children: dict[str, Any], duration: int = 90, **assets: Any) -> dict[str, Any]:
    media = {key: {"audio": {"source": value} if isinstance(value, str) else value} for key, value in assets.items()}
    return scene(*children, duration=duration, assets=media)


def test_a_sum_at_exact_places_is_bit_exact() -> None:
    a, b = noise(60_000, 1), noise(50_000, 2)
    document = sound_scene(
        collection("g", leaf("a", "a", range=[10, 70]), leaf("b", "b", range=[20, 60]), range=[5, 80]),
        a=wav(a), b=wav(b),
    )  # fmt: skip
    expected = np.zeros((90 * 1600, 2))
    for samples, first, last in ((a, 15, 75), (b, 25, 65)):
        at, end = first * 1600, min(last * 1600, first * 1600 + len(samples))
        expected[at:end] += samples[: end - at]
    assert (hear(document) == expected.astype(np.float32)).all()


def test_sequences_play_one_after_the_other_without_a_seam() -> None:
    a = noise(96_000)
    first = {"source": wav(a), "trim_end_sec": 1.0}
    second = {"source": wav(a), "trim_start_sec": 1.0}
    document = scene(
        leaf("first", "one"), leaf("second", "two"),
        assets={"first": {"audio": first}, "second": {"audio": second}}, duration=60, root_mode="sequence",
    )  # fmt: skip
    assert (hear(document) == a).all()


def test_length_of_sound_is_that_of_its_trimmed_part() -> None:
    assets = {
        "a": {"audio": {"source": wav(noise(96_000)), "trim_start_sec": 0.5, "playback_rate": 1.5}},
        "b": {"audio": {"source": wav(noise(4800, 2))}},
    }
    document = scene(leaf("a", "one"), leaf("b", "two"), assets=assets, duration=60, root_mode="sequence")
    found = hear(document)
    assert (found[30 * 1600 : 33 * 1600] == noise(4800, 2)).all()  # 1.5 s at 1.5 are 30 frames
    assert not found[33 * 1600 :].any()


def tones(rate: int, seconds: float, speed: float = 1.0, start: float = 0.0) -> np.ndarray:
    """Return tones up to 15 kHz, sampled at `rate` while they run `speed` times as fast."""
    t = start + np.arange(int(rate * seconds))[:, None] / rate * speed
    left = 0.3 * np.sin(2 * np.pi * 441.3 * t) + 0.2 * np.sin(2 * np.pi * 6007.7 * t + 1)
    right = 0.4 * np.sin(2 * np.pi * 999.9 * t + 0.5) + 0.1 * np.sin(2 * np.pi * 3100.1 * t)
    return np.concatenate([left, right], axis=1)


@pytest.mark.parametrize(
    ("rate", "speed"),
    [(44100, 1.0), (32000, 1.0), (96000, 1.0), (48000, 1.5), (48000, 0.5), (44100, 1.037), (22050, 0.9), (48000, 2.0)],
)
def test_other_rates_are_the_same_tones(rate: int, speed: float) -> None:
    source = data_url(encode(tones(rate, 4.0).astype(np.float32), rate))
    document = sound_scene(
        leaf("a", "a"), a={"source": source, "playback_rate": speed, "trim_start_sec": 0.25}, duration=60
    )
    expected = tones(48000, 2.0, speed, int(0.25 * rate + 0.5) / rate)
    length = min(len(expected), int((4.0 - 0.25) / speed * 48000)) - 500
    found = hear(document)
    assert np.abs(found[500:length] - expected[500:length]).max() < QUIET / 4


def test_tones_above_the_limit_do_not_fold_back() -> None:
    t = np.arange(96_000 * 2) / 96_000
    tone = np.repeat(0.9 * np.sin(2 * np.pi * 30_000 * t)[:, None], 2, axis=1)
    document = sound_scene(leaf("a", "a"), a=data_url(encode(tone, 96_000)), duration=60)
    assert np.abs(hear(document)[500:90_000]).max() < QUIET


def test_odd_sizes_of_parts_and_of_frames_are_slices_of_the_whole() -> None:
    files = [
        wav(noise(200_000)),
        data_url(encode(noise(200_000, 2), 44100, "mp3", "libmp3lame")),
        data_url(encode(noise(200_000, 3), 44100, "mp4", "aac")),
        data_url(encode(noise(200_000, 4), 48000, "ogg", "libopus")),
    ]
    volume = {"keyframes": [{"frame": 0, "value": 0.1}, {"frame": 50, "value": 0.6, "ease": "ease_in_out"}]}
    document = scene(
        *(leaf(f"f{i}", f"n{i}", range=[3 * i, 100], volume=volume) for i in range(len(files))),
        assets={
            f"f{i}": {"audio": {"source": f, "playback_rate": 1 + 0.1 * i, "fade_in_sec": 0.3, "fade_out_sec": 0.5}}
            for i, f in enumerate(files)
        },
        duration=100, fps={"num": 30000, "den": 1001},
    )  # fmt: skip
    whole = hear(document)
    rate = Fraction(30000, 1001)
    assert len(whole) == int(100 / rate * 48000 + Fraction(1, 2))
    for first, last in ((0, 1), (7, 31), (99, 100), (50, 77), (13, 14)):
        low, high = (int(n / rate * 48000 + Fraction(1, 2)) for n in (first, last))
        assert (hear(document, range(first, last)) == whole[low:high]).all()


def test_volume_fades_and_mute() -> None:
    ones = np.full((96_000, 2), 0.5, np.float32)
    keys = {"keyframes": [{"frame": 10, "value": 0.0}, {"frame": 20, "value": 1.0}]}
    document = sound_scene(
        leaf("a", "a", range=[0, 60], volume=keys),
        leaf("b", "b", range=[60, 90]),
        leaf("c", "c", range=[0, 90]),
        a={"source": wav(ones), "volume": 0.5},
        b={"source": wav(ones), "fade_in_sec": 0.25, "fade_out_sec": 0.5, "volume": {"keyframes": [
            {"frame": 0, "value": 2.0}, {"frame": 15, "value": 2.0}, {"frame": 30, "value": 0.0}]}},
        c={"source": wav(ones), "mute": True},
    )  # fmt: skip
    found = hear(document)[:, 0]
    n = np.arange(90 * 1600)
    expected = 0.25 * np.clip((n / 1600 - 10) / 10, 0, 1) * (n < 96000)
    local = n - 96000
    fade = np.clip(local / 12000, 0, 1) * np.clip((48000 - local) / 24000, 0, 1)
    late = np.interp(np.minimum(local / 1600, 29.0), [0, 15, 30], [2, 2, 0])  # lanes hold their last frame's value
    expected = np.where(n < 96000, expected, 0.5 * late * fade)
    assert np.abs(found - expected).max() < 1e-6


def test_fades_belong_to_the_clip_not_to_the_part() -> None:
    ones = np.full((48_000, 2), 0.5, np.float32)
    document = sound_scene(
        collection("g", leaf("a", "a", range=[0, 90]), range=[0, 20]), a={"source": wav(ones), "fade_out_sec": 0.5}
    )
    found = hear(document, range(0, 21))[:, 0]
    n = np.arange(21 * 1600)
    expected = np.where(n < 32000, 0.5 * np.clip((32000 - n) / 24000, 0, 1), 0)  # the group ends it at frame 20
    assert np.abs(found - expected).max() < 1e-6


def test_a_switch_that_stands_still_plays_its_child() -> None:
    a, b = noise(48_000, 1), noise(48_000, 2)

    def document(active: Any) -> dict[str, Any]:
        children = (leaf("a", "a", range=[0, 30]), leaf("b", "b", range=[0, 30]))
        return sound_scene(collection("s", *children, mode={"switch": {"active": active}}, range=[0, 30]),
                           a=wav(a), b=wav(b), duration=30)  # fmt: skip

    assert (hear(document(1.7)) == b).all()
    moving = document({"keyframes": [{"frame": 0, "value": 0, "ease": "hold"}, {"frame": 20, "value": 1}]})
    assert (hear(moving, range(0, 20)) == a[:32000]).all()
    assert (hear(moving, range(20, 30)) == b[32000:]).all()
    with pytest.raises(wv.SchemaError, match=r"node 's'.*children 0, 1.*--no-audio"):
        hear(moving)
    with wv.RenderSession(
        wv.Composition.from_json(moving), options=wv.SessionOptions(backend="reference", enable_audio=False)
    ) as session:
        assert session.render_range(range(0, 2), wv.InMemorySink()).frames == 2


def test_sound_of_hidden_masks_and_muted_switches_is_not_heard() -> None:
    moving = {"keyframes": [{"frame": 0, "value": 0, "ease": "hold"}, {"frame": 20, "value": 1}]}
    document = sound_scene(
        collection("s", leaf("a", "a", range=[0, 30]), leaf("a", "b", range=[0, 30]),
                   mode={"switch": {"active": moving}}, range=[0, 30]),
        leaf("b", "c", range=[0, 30]),
        a={"source": wav(noise(48_000)), "mute": True}, b=wav(noise(48_000, 2)), duration=30,
    )  # fmt: skip
    assert (hear(document) == noise(48_000, 2)).all()


def test_what_is_too_loud_is_limited() -> None:
    x = np.linspace(-4, 4, 10001)[:, None].repeat(2, 1)
    y = limit(x)
    assert (y[np.abs(x) <= 1] == x[np.abs(x) <= 1]).all()
    assert np.abs(y).max() <= 1 + HEADROOM and (np.diff(y[:, 0]) >= 0).all()
    slope = np.diff(y[:, 0]) / np.diff(x[:, 0])
    assert np.abs(np.diff(slope)).max() < 0.02  # no corner
    loud = np.full((4800, 2), 0.8, np.float32)
    document = sound_scene(leaf("a", "a", range=[0, 3]), leaf("a", "b", range=[0, 3]), a=wav(loud), duration=3)
    assert np.abs(hear(document) - limit(np.full((4800, 2), 1.6))).max() < 1e-6


class Peek(Ear):
    """A sink that listens in a few places only."""

    def push_frame(self, index: int, frame: Any) -> None: ...

    def end(self) -> None:
        self.length = self.audio.length
        self.found = {s: self.audio.read(48000 * s - 50, 100) for s in range(10, 600, 59)}


def test_ten_minutes_do_not_drift() -> None:
    rate, minutes = 11025, 10
    source = np.zeros((rate * 60 * minutes, 1), np.float32)
    source[np.arange(1, minutes * 60) * rate] = 0.9
    document = sound_scene(
        leaf("a", "a"), a=data_url(encode(source, rate, "flac", "flac", layout="mono")), duration=int(29.97 * 600)
    )
    document["fps"] = 29.97
    comp, peek = wv.Composition.from_json(document), Peek()
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        session.render_range(range(comp.duration), peek)
    assert peek.length == int(int(29.97 * 600) * Fraction(1001, 30000) * 48000 + Fraction(1, 2))
    for near in peek.found.values():
        assert int(np.abs(near[:, 0]).argmax()) == 50 and near[50, 0] > 0.5


def test_a_hundred_times_too_fast_is_refused_and_no_sound_is_none() -> None:
    document = sound_scene(leaf("a", "loud"), a={"source": wav(noise(4800)), "playback_rate": 200}, duration=30)
    with pytest.raises(wv.LimitError, match=r"node 'loud'.*at most 128"):
        hear(document)


def test_loudness_is_brought_to_a_target(tmp_path: Path) -> None:
    from wavyte_gpu.audio.loudness import measure

    t = np.arange(48000 * 5)[:, None] / 48000
    sine = (0.1 * np.sin(2 * np.pi * 997 * t)).repeat(2, 1).astype(np.float32)  # -20 dBFS in both: -20 LUFS

    class Heard:
        sample_rate = 48000

        def __init__(self, samples: np.ndarray) -> None:
            self.samples, self.length = samples, len(samples)

        def read(self, first: int, count: int) -> np.ndarray:
            return np.ascontiguousarray(self.samples[first : first + count])

    assert abs(measure(Heard(sine)).integrated_lufs + 20.0) < 0.1
    assert abs(measure(Heard(sine)).true_peak_dbtp + 20.0) < 0.1
    assert measure(Heard(np.zeros((48000, 2), np.float32))).integrated_lufs == float("-inf")
    document = sound_scene(leaf("a", "a"), a=wav(sine), duration=150)
    assert abs(measure(Heard(hear(document, loudness=-14.0))).integrated_lufs + 14.0) < 0.1
    with pytest.raises(wv.SchemaError, match="loudness"):
        wv.SessionOptions(loudness=3.0)


def test_expressions_drive_volumes_and_switches() -> None:
    ones = np.full((48_000, 2), 0.5, np.float32)
    document = sound_scene(
        collection("s", leaf("a", "a", range=[0, 30], volume="=time.progress * vars.level"),
                   leaf("b", "b", range=[0, 30]), mode={"switch": {"active": "=0.2 + vars.level"}}, range=[0, 30]),
        a=wav(ones), b={"source": wav(ones), "volume": "=vars.level"}, duration=30,
    )  # fmt: skip
    document["variables"] = {"level": 0.5}
    n = np.arange(29 * 1600)
    assert np.abs(hear(document)[: len(n), 0] - 0.25 * n / 48000).max() < 1e-6
    document["variables"] = {"level": 0.9}
    assert np.abs(hear(document) - 0.45).max() < 1e-6


def nested(time: dict[str, Any], **inner: Any) -> dict[str, Any]:
    made = scene(leaf("a", "a", range=[10, 40]), duration=50, assets={"a": {"audio": {"source": wav(noise(48_000))}}})
    ref = {"id": "ref", "kind": {"comp_ref": {"composition": "inner", "time": time}}, "range": [20, 120]}
    outer = scene(ref, duration=120)
    outer["compositions"] = {"inner": {**{k: made[k] for k in ("canvas", "duration", "assets", "root")}, **inner}}
    return outer


def test_nested_compositions_keep_their_clocks() -> None:
    samples = noise(48_000)
    found = hear(nested({"offset": 5}))
    first = (20 + 5 + 10) * 1600
    assert (found[first : first + 48_000] == samples).all() and np.abs(found).sum() == np.abs(samples).sum()
    cut = hear(nested({"offset": 5, "clip": [0, 20]}))
    assert (cut[first : first + 16_000] == samples[:16_000]).all() and not cut[first + 16_000 :].any()
    slow = hear(nested({}, fps={"num": 15, "den": 1}))
    first = 20 * 1600 + 10 * 3200
    assert (slow[first : first + 48_000] == samples).all()


def test_nested_compositions_play_backwards_and_stand_still() -> None:
    samples = noise(48_000)
    found = hear(nested({"offset": 50, "scale": -1}))
    first = (20 + 50 - 40) * 1600
    assert (found[first : first + 48_000] == samples[::-1]).all()
    fast = hear(nested({"scale": 2}))
    assert fast[(20 + 5) * 1600 : (20 + 20) * 1600].any() and not fast[(20 + 20) * 1600 + 1 :].any()
    still = nested({"scale": 0, "offset": -15})
    with pytest.raises(AssertionError):
        hear(still)  # no clip, so no sound at all
