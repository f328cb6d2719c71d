"""Decoding ahead and the frame cache: each frame once, bounded, no thread left, the same bits in any order."""

from __future__ import annotations

import json
import random
import threading
import time
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import leaf, scene
from tests.unit.assets.conftest import MakeVideo
from wavyte_gpu.assets import AssetStore, VideoRequest, VideoTrim
from wavyte_gpu.assets.frame_cache import FrameCache
from wavyte_gpu.assets.video import PreparedVideo, prepare_video
from wavyte_gpu.foundation.errors import AssetError


def decoding_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("wavyte-decode")]


def bits(video: PreparedVideo, frame: int) -> bytes:
    return b"".join(np.ascontiguousarray(plane).tobytes() for plane in video.planes(frame))


def count_reads(video: PreparedVideo) -> list[int]:
    read = video._reader.read
    seen: list[int] = []

    def counted(frame: int) -> object:
        seen.append(frame)
        return read(frame)

    video._reader.read = counted  # type: ignore[assignment,method-assign]
    return seen


@pytest.mark.parametrize("step", [1, 2])
def test_sequential_access_decodes_each_frame_once(make_video: MakeVideo, step: int) -> None:
    path = make_video("a.mp4", range(60), options={"g": "12", "bf": "2"})
    with prepare_video(path) as video:
        seen = count_reads(video)
        for frame in range(0, 60, step):
            video.planes(frame)
        assert len(seen) == len(set(seen)) and set(range(0, 60, step)) <= set(seen)


@pytest.mark.parametrize("limit", [1, 30_000, 1 << 28])
def test_any_order_equals_sequential(make_video: MakeVideo, limit: int) -> None:
    path = make_video("a.mp4", range(40), options={"g": "10", "bf": "2"})
    with prepare_video(path) as video:
        want = [bits(video, i) for i in range(40)]
    rng = random.Random(5)
    orders = [list(range(39, -1, -1)), list(range(0, 40, 3)), rng.sample(range(40), 40), [5, 6, 7, 8, 3, 4, 5, 30, 31, 32, 2]]
    cache = FrameCache(limit)
    for order in orders:
        with prepare_video(path, cache=cache) as video:
            for frame in order:
                assert bits(video, frame) == want[frame]
                assert cache.nbytes <= limit or len(cache) == 1
    cache.close()
    assert not decoding_threads()


def test_backwards_decodes_runs(make_video: MakeVideo) -> None:
    with prepare_video(make_video("a.mp4", range(48), options={"g": "48"})) as video:
        seen = count_reads(video)
        for frame in range(47, -1, -1):
            video.planes(frame)
        assert len(seen) == len(set(seen)) == 48
        assert sum(b < a for a, b in pairwise(seen)) <= 8  # times it had to go back


def test_clips_of_a_store_share_cache_and_thread(make_video: MakeVideo, tmp_path: Path) -> None:
    make_video("a.mp4", range(30))
    make_video("b.mp4", range(30), size=(32, 32))
    clips = [("a", VideoRequest("a.mp4")), ("b", VideoRequest("b.mp4")), ("c", VideoRequest("a.mp4", VideoTrim(Fraction(1))))]
    with AssetStore(clips, tmp_path) as store:
        for frame in range(30):
            planes = store.planes(0, frame)
            store.planes(1, frame)
            assert store.planes(2, frame) is planes
        assert len(decoding_threads()) == 1
    assert not decoding_threads()


def test_it_runs_ahead_within_bounds(make_video: MakeVideo) -> None:
    with prepare_video(make_video("a.mp4", range(40))) as video:
        seen = count_reads(video)
        video.planes(0)
        assert not decoding_threads()
        video.planes(1)
        deadline = time.monotonic() + 20
        while 9 not in seen and time.monotonic() < deadline:
            time.sleep(0.005)
        assert max(seen) == 9


def test_no_thread_is_left_after_errors(make_video: MakeVideo, tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    path = make_video("a.mp4", range(30))
    with pytest.raises(AssetError):
        AssetStore([("a", VideoRequest("a.mp4")), ("b", VideoRequest("broken.mp4"))], tmp_path)
    video = prepare_video(path)
    video.planes(0)
    video.planes(1)
    video.close()
    video.close()
    with pytest.raises(AssetError, match="was closed"):
        video.planes(1)
    assert not decoding_threads()


@pytest.mark.parametrize(("name", "options"), [("t.mkv", {"g": "10"}), ("t.ts", {"g": "10", "bf": "2"}), ("f.mp4", {"g": "10"})])
def test_the_last_good_frame_stands_in_for_a_damaged_end(
    make_video: MakeVideo, tmp_path: Path, name: str, options: dict[str, str]
) -> None:
    path = make_video(name, range(40), options=options, container_options={"movflags": "faststart"} if "mp4" in name else {})
    with prepare_video(path) as video:
        whole = [video.planes(i).y.tobytes() for i in range(40)]
    data = bytearray(path.read_bytes())
    first = len(data) * 9 // 10
    rng = np.random.default_rng(2)
    for cut in (bytes(data[:first]), bytes(data[:first]) + rng.integers(0, 256, len(data) - first, np.uint8).tobytes()):
        damaged = tmp_path / f"cut-{name}"
        damaged.write_bytes(cut)
        with prepare_video(damaged) as video:
            count = video.frame_count
            forward = [video.planes(i).y.tobytes() for i in range(count)]
            warned = [p.code for p in video.problems]
        with prepare_video(damaged) as video:
            order = np.random.default_rng(3).permutation(count).tolist()
            assert all(video.planes(i).y.tobytes() == forward[i] for i in order)
            assert [p.code for p in video.problems] == warned
        told = [[], ["cut_off_media"]] if name != "f.mp4" else [["damaged_tail"], ["cut_off_media", "damaged_tail"]]
        assert warned in told
        assert forward[:28] == whole[:28]


def test_a_render_counts_one_damaged_end(make_video: MakeVideo, tmp_path: Path) -> None:
    path = make_video("f.mp4", range(40), options={"g": "10"}, container_options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 9 // 10])
    document = scene(leaf("v", "v"), assets={"v": {"video": {"source": "f.mp4"}}}, size=(64, 48), duration=40)
    document["fps"] = 25
    (tmp_path / "c.json").write_text(json.dumps(document))
    with wv.RenderSession(wv.load(tmp_path / "c.json"), options=wv.SessionOptions(backend="reference")) as session:
        stats = session.render_range(range(40), wv.InMemorySink())
        assert [p.code for p in stats.warnings] == ["damaged_tail"]
        assert [p.code for p in session.warnings] == ["cut_off_media", "damaged_tail"]
