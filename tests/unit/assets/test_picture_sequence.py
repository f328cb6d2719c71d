"""Image sequences and animated WebP as videos: every frame exact, in any order; gaps, strays and damage are told."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import wavyte_gpu as wv
from tests.support.documents import leaf, scene
from wavyte_gpu.assets import AssetStore, VideoRequest
from wavyte_gpu.assets.video import prepare_video
from wavyte_gpu.foundation.errors import AssetError, SchemaError, UnsupportedError, WavyteError
from wavyte_gpu.schema.document import read_document


def pictures(count: int, size: tuple[int, int] = (20, 12)) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    return [rng.integers(0, 256, (size[1], size[0], 4), np.uint8) for _ in range(count)]


def write(folder: Path, frames: list[np.ndarray], first: int, pattern: str = "frame_%04d.png") -> None:
    folder.mkdir(exist_ok=True)
    for k, rgba in enumerate(frames):
        Image.fromarray(rgba, "RGBA").save(folder / (pattern % (first + k)))


def shown(planes: Any) -> np.ndarray:
    g, b, r, a = planes
    return np.stack([r, g, b, a], -1)


@pytest.mark.parametrize(("pattern", "first"), [("frame_%04d.png", 17), ("%d.png", 8), ("a%03d-x.webp", 0)])
def test_a_sequence_shows_its_files_in_any_order(tmp_path: Path, pattern: str, first: int) -> None:
    frames = pictures(5)
    folder = tmp_path / "frames"
    folder.mkdir()
    for k, rgba in enumerate(frames):
        Image.fromarray(rgba, "RGBA").save(folder / (pattern % (first + k)), lossless=True, exact=True)
    (folder / "frame_1.png").write_bytes(b"not of the pattern")
    (folder / "notes.txt").write_text("x")
    with AssetStore([("v", VideoRequest(f"frames/{pattern}", fps=Fraction(24000, 1001)))], tmp_path) as store:
        assert store.video(0).frame_count == 5 and store.media_seconds(0) == 5 * Fraction(1001, 24000)
        assert store.intrinsic_size(0) == (20, 12) and store.sound(0) is None and not store.is_opaque(0)
        for i in (4, 0, 2, 1, 3, 4):
            assert (shown(store.planes(0, i)) == frames[i]).all()


@pytest.mark.parametrize(("fps", "expected"), [(None, [0, 1, 2, 3]), (5, [0, 0, 1, 1]), ({"num": 20}, [0, 2, 4, 5])])
@pytest.mark.parametrize("backend", ["reference", pytest.param("gpu", marks=pytest.mark.gpu)])
def test_the_rate_is_the_assets_or_the_compositions(tmp_path: Path, fps: Any, expected: list[int], backend: str) -> None:
    frames = pictures(6)
    write(tmp_path / "f", frames, 1)
    video = {"source": "f/frame_%04d.png"} | ({} if fps is None else {"fps": fps})
    document = scene(leaf("v", "v"), assets={"v": {"video": video}}, size=(20, 12), duration=4)
    document["fps"] = 10
    (tmp_path / "c.json").write_text(json.dumps(document))
    comp = wv.load(tmp_path / "c.json")
    stated = comp.document.assets["v"].to_json()
    assert (stated.get("fps") is None) == (fps is None)
    assert build_again(stated, document) == comp.document.assets["v"]
    with wv.RenderSession(comp, options=wv.SessionOptions(backend=backend)) as session:
        for frame in (3, 0, 2, 1):
            found = session.render_frame(frame).rgba
            want = frames[expected[frame]]
            c, a = want[..., :3].astype(int), want[..., 3:].astype(int)
            assert (found[..., 3:] == a).all() and np.abs(found[..., :3] - c * a / 255).max() <= 0.5


def build_again(stated: Any, document: dict[str, Any]) -> Any:
    return read_document(document | {"assets": {"v": {"video": stated}}})[0].assets["v"]


def refused(folder: Path, source: str, **fields: Any) -> WavyteError:
    with pytest.raises(WavyteError) as caught:
        AssetStore([("v", VideoRequest(source, **fields))], folder)
    assert caught.value.problems[0].path == "/assets/v"
    return caught.value


def test_what_is_wrong_with_a_sequence_is_told(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    write(root / "f", pictures(5), 3)
    (root / "f" / "frame_0005.png").unlink()
    gap = refused(root, "f/frame_%04d.png")
    assert isinstance(gap, SchemaError) and str(root / "f" / "frame_0005.png") in gap.problems[0].message
    assert refused(root, "f/other_%04d.png").problems[0].code == "missing_asset"
    assert refused(root, "none/frame_%04d.png").problems[0].code == "missing_asset"
    write(tmp_path / "outside", pictures(2), 0)
    assert refused(root, "../outside/frame_%04d.png").problems[0].code == "outside_assets_root"
    (root / "link").symlink_to(tmp_path / "outside")
    assert refused(root, "link/frame_%04d.png").problems[0].code == "outside_assets_root"
    (root / "one").mkdir()
    (root / "one" / "frame_0000.png").symlink_to(tmp_path / "outside" / "frame_0000.png")
    assert refused(root, "one/frame_%04d.png").problems[0].code == "outside_assets_root"


def test_files_that_do_not_fit_are_named(tmp_path: Path) -> None:
    write(tmp_path, pictures(3), 0)
    Image.new("RGBA", (9, 9)).save(tmp_path / "frame_0001.png")
    (tmp_path / "frame_0002.png").write_bytes(b"damaged")
    with AssetStore([("v", VideoRequest("frame_%04d.png"))], tmp_path) as store:
        with pytest.raises(UnsupportedError, match="frame_0001"):
            store.planes(0, 1)
        with pytest.raises(AssetError, match="frame_0002"):
            store.planes(0, 2)
        store.planes(0, 0)


def save_webp(path: Path, frames: list[np.ndarray], durations: list[int]) -> Path:
    images = [Image.fromarray(f, "RGBA") for f in frames]
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations, lossless=True, exact=True)
    return path


def test_animated_webp_plays(tmp_path: Path) -> None:
    frames = pictures(4)
    for f in frames:  # what encoders leave in transparent pixels is theirs
        f[..., 3] = np.where(f[..., 3] > 99, 255, 0)
        f[..., :3] *= f[..., 3:] > 0
    path = save_webp(tmp_path / "a.webp", frames, [100, 200, 5, 300])
    for source in (path, path.read_bytes()):
        with prepare_video(source) as video:
            assert video.frame_count == 4 and video.duration_s == Fraction(700, 1000)  # 5 ms are shown for 100
            assert [video.frame_at(Fraction(t, 1000)) for t in (0, 99, 100, 299, 300, 450, 900)] == [0, 0, 1, 1, 2, 3, 3]
            for i in (3, 0, 2, 1, 3):
                found = shown(video.planes(i))
                assert (found * (found[..., 3:] > 0) == frames[i]).all()


def test_damaged_webp_is_told(tmp_path: Path) -> None:
    data = save_webp(tmp_path / "a.webp", pictures(4), [100] * 4).read_bytes()
    for size in (21, 30, 60, len(data) // 2, len(data) - 20):
        with pytest.raises(AssetError, match=r"a\.webp"):
            prepare_video(data[:size], "a.webp")


def test_a_rate_is_for_sequences_alone(tmp_path: Path) -> None:
    save_webp(tmp_path / "a.webp", pictures(2), [100, 100])
    assert refused(tmp_path, "a.webp", fps=Fraction(25)).problems[0].code == "video_fps"
