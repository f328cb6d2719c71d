"""The store: prepared once, shared by content, filled on demand, every problem reported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from wavyte_gpu.assets import AssetEntry, AssetStore, GradientRequest, ImageRequest, NothingRequest, VideoRequest
from wavyte_gpu.assets import gradient as gradient_module
from wavyte_gpu.foundation.errors import AssetError, SchemaError, WavyteError
from wavyte_gpu.ops.registry import VIDEO_LEVELS
from wavyte_gpu.schema import assets as models

RED_TO_BLUE = GradientRequest(((0.0, (1, 0, 0, 1)), (1.0, (0, 0, 1, 0.5))))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    iio.imwrite(tmp_path / "a.png", rng.integers(0, 256, (30, 50, 4), np.uint8))
    iio.imwrite(tmp_path / "b.png", rng.integers(0, 256, (70, 20, 3), np.uint8))
    (tmp_path / "broken.png").write_bytes(b"no")
    return tmp_path


def test_images_are_filled_on_demand(folder: Path) -> None:
    with AssetStore(
        [("a", ImageRequest("a.png")), ("b", ImageRequest("b.png")), ("s", NothingRequest())], folder
    ) as store:
        assert store.uploads == [] and len(store) == 3
        assert store.intrinsic_size(0) == (50, 30) and store.intrinsic_size(2) is None
        assert not store.is_opaque(0) and store.is_opaque(1)
        assert store.image_levels(0) == 7
        level = store.image(0).level(2).copy()
        base = store.image(0).pixels.copy()
        place = store.place_image(0, 2)
        assert store.place_image(0, 2) == place
        assert store.uploads == [tuple(place)]
        page = store.pages[place.page]
        assert (page[place.y : place.y + place.height, place.x : place.x + place.width] == level).all()
        assert int(np.count_nonzero(page)) <= level.size
        whole = store.place_image(0, 0)
        assert (page[whole.y : whole.y + 30, whole.x : whole.x + 50] == base).all()
        assert (store.image(0).level(0) == base).all() and store.image(0).pixels.base is not None
        assert (store.image(0).level(2) == level).all()
        assert len(store.uploads) == 2
        assert [p.shape[::-1] for p in store.pages] == store.page_sizes
        with pytest.raises(ValueError, match="'a' has no level 7"):
            store.place_image(0, 7)


def test_equal_files_share_a_place(folder: Path) -> None:
    (folder / "copy.png").write_bytes((folder / "a.png").read_bytes())
    with AssetStore([("a", ImageRequest("a.png")), ("c", ImageRequest("copy.png"))], folder) as store:
        assert store.image(0) is store.image(1)
        assert store.place_image(1, 1) == store.place_image(0, 1)
        assert len(store.uploads) == 1 and store.content_hash(0) == store.content_hash(1)


def test_places_do_not_depend_on_the_order_of_calls(folder: Path) -> None:
    entries = [("a", ImageRequest("a.png")), ("b", ImageRequest("b.png"))]
    with AssetStore(entries, folder) as x, AssetStore(entries, folder) as y:
        order = [(0, 0), (1, 3), (0, 2), (1, 0)]
        assert [x.place_image(*o) for o in order] == [y.place_image(*o) for o in order[::-1]][::-1]


def test_threads_fill_once(folder: Path) -> None:
    with AssetStore([("a", ImageRequest("a.png"))], folder) as store, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: store.place_image(0, k % 5), range(100)))
        assert len(store.uploads) == 5


def test_gradient_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    import wavyte_gpu.ops.quantise as quantise

    seen = []

    def table(stops: object, size: int) -> np.ndarray:
        seen.append((stops, size))
        return np.arange(size, dtype=np.uint32)

    monkeypatch.setattr(quantise, "gradient_table", table, raising=False)
    with AssetStore([("g", RED_TO_BLUE), ("h", RED_TO_BLUE)]) as store:
        place = store.place_table(0, 12)
        assert (place.width, place.height) == (1024, 4) and store.place_table(1, 12) == place
        view = store.pages[place.page][place.y : place.y + 4, place.x : place.x + 1024]
        assert (view.reshape(-1) == np.arange(4096)).all()
        assert seen == [(((0.0, (1, 0, 0, 1.0)), (1.0, (0, 0, 0.5, 0.5))), 4096)]
        assert not store.is_opaque(0) and store.intrinsic_size(0) is None
        with pytest.raises(ValueError):
            store.place_table(0, 15)


def test_stops_are_premultiplied_and_ascend() -> None:
    prepared = gradient_module.prepare_gradient([(0.5, (1, 1, 1, 1)), (0.2, (1, 0.5, 0, 0.5))])
    assert prepared.stops == ((0.5, (1, 1, 1, 1)), (0.5, (0.5, 0.25, 0, 0.5)))


def test_every_problem_is_reported(folder: Path) -> None:
    entries = [
        ("ok", ImageRequest("a.png")),
        ("gone", ImageRequest("gone.png")),
        ("bad/key", ImageRequest("broken.png")),
        ("clip", VideoRequest("broken.png")),
        ("out", ImageRequest("../x.png")),
    ]
    with AssetStore(entries, folder, strict=False) as store:
        problems = store.check()
        assert [p.path for p in problems] == ["/assets/gone", "/assets/bad~1key", "/assets/clip", "/assets/out"]
        assert [p.code for p in problems] == ["missing_asset", "corrupt_image", "corrupt_video", "outside_assets_root"]
        assert store.intrinsic_size(0) == (50, 30)
        with pytest.raises(AssetError, match="broken"):
            store.place_image(2, 0)
        with pytest.raises(SchemaError):
            store.intrinsic_size(1)
    with pytest.raises(SchemaError) as error:
        AssetStore(entries, folder)
    assert len(error.value.problems) == 4 and error.value.exit_code == 2
    with AssetStore(entries, folder, only=[0]) as store:
        assert store.check() == []


def test_entries_have_their_own_folder(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "c.png").write_bytes((folder / "b.png").read_bytes())
    with AssetStore([AssetEntry("c", ImageRequest("c.png"), folder / "sub")], folder) as store:
        assert store.intrinsic_size(0) == (20, 70)


def test_videos_give_planes_and_are_closed(folder: Path, make_video: Callable[..., Path]) -> None:
    make_video("v.mp4", range(4))
    with AssetStore([("v", VideoRequest("v.mp4"))], folder) as store:
        assert store.intrinsic_size(0) == (64, 48) and store.is_opaque(0)
        planes = store.planes(0, 2)
        assert planes.y.shape == (48, 64)
    store.close()
    with pytest.raises(AssetError):
        store.planes(0, 3)


def test_data_uris(folder: Path) -> None:
    import base64

    uri = "data:image/png;base64," + base64.b64encode((folder / "a.png").read_bytes()).decode()
    with AssetStore([("d", ImageRequest(uri)), ("a", ImageRequest("a.png"))], folder) as store:
        assert store.image(0) is store.image(1)


def test_document_models_are_read(folder: Path) -> None:
    entries = [
        ("i", models.Image(source="a.png")),
        ("v", models.Video(source="gone.mp4", trim_start_sec=0.1, playback_rate=2.0)),
        ("s", models.SolidRect()),
        ("g", models.Svg(source="a.svg")),
    ]
    with AssetStore(entries, folder, strict=False) as store:
        assert store.intrinsic_size(0) == (50, 30) and store.intrinsic_size(2) is None
        assert [p.path for p in store.check()] == ["/assets/v", "/assets/g"]
        with pytest.raises(SchemaError, match=r"no such file.*a\.svg"):
            store.shape(3)


def test_importing_is_light() -> None:
    code = "import sys, wavyte_gpu.assets; print({'av', 'wgpu', 'PIL', 'imageio'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "set()"
    )


def test_errors_are_of_the_tree(folder: Path) -> None:
    with (
        pytest.raises(WavyteError),
        AssetStore([("x", ImageRequest("broken.png")), ("y", ImageRequest("nope"))], folder),
    ):
        pass


def test_videos_have_few_mip_levels(folder: Path, make_video: Callable[..., Path]) -> None:
    make_video("v.mp4", range(1), size=(1030, 16))
    with AssetStore([("v", VideoRequest("v.mp4"))], folder) as store:
        assert store.image_levels(0) == VIDEO_LEVELS
