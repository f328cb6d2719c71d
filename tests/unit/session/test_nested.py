"""Compositions in compositions: held against documents that were flattened by hand, frame by frame, in every bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import wavyte_gpu as wv
from tests.support.documents import clip_data, collection, leaf, png_data, scene

REFERENCE = wv.SessionOptions(backend="reference")
PHOTO = {"photo": {"image": {"source": png_data(40, 33, 2, True)}}}


def hashes(source: dict[str, Any], frames: int) -> list[str]:
    with wv.RenderSession(wv.Composition.from_json(source), options=REFERENCE) as s:
        return [s.render_frame(f).hash for f in range(frames)]


def composition(*children: dict[str, Any], **top: Any) -> dict[str, Any]:
    made = scene(*children, **top)
    del made["version"]
    return made


def ref(
    node_id: str, inner: Any, time: dict[str, Any] | None = None, variables: Any = None, **more: Any
) -> dict[str, Any]:
    body: dict[str, Any] = (
        {"source": inner[5:]} if isinstance(inner, str) and inner.startswith("file:") else {"composition": inner}
    )
    if time is not None:
        body["time"] = time
    if variables is not None:
        body["variables"] = variables
    return {"id": node_id, "kind": {"comp_ref": body}, **more}


def moving(*keys: tuple[int, list[float]]) -> dict[str, Any]:
    return {"translate": {"keyframes": [{"frame": f, "value": v} for f, v in keys]}}


def red(node_id: str = "a", **more: Any) -> dict[str, Any]:
    return leaf("#ff0000", node_id, size=[8, 8], **more)


def test_a_reference_is_a_group_on_the_canvas() -> None:
    inner = composition(
        red(transform=moving((0, [0, 4]), (20, [30, 4]))), leaf("photo", "p", range=[3, 9]), assets=PHOTO
    )
    nodes = inner["root"]["kind"]["collection"]["children"]
    cut = {"effects": [{"clip_rect": [0, 0, 64, 48]}]}
    turned = {"transform": {"translate": [5, 7], "rotation_deg": 30}}
    flat = scene(collection("g", collection("c", *nodes, **cut), **turned), assets=inner["assets"])
    nested = scene(ref("r", inner, transform={"translate": [5, 7], "rotation_deg": 30}))
    assert hashes(nested, 25) == hashes(flat, 25)


def test_three_deep_with_three_clocks() -> None:
    """60 fps in 15 fps in 30 fps: the innermost moves 4 of its frames for each of the middle one's."""
    deep = composition(red(transform=moving((0, [0, 0]), (60, [60, 30]))), fps=60, duration=60)
    middle = composition(ref("deep", deep, range=[1, 15]), fps=15, duration=15)
    nested = scene(ref("middle", middle, time={"offset": 2}), fps=30, duration=30)
    # frame f: middle (f - 2) / 2, floored for its ranges; deep 4 * ((f - 2) / 2 - 1) = 2 f - 8
    flat = scene(red(transform=moving((0, [0, 0]), (30, [60, 30])), range=[4, 32]), fps=30, duration=30)
    assert hashes(nested, 30) == hashes(flat, 30)


def test_reverse_runs_backwards() -> None:
    inner = composition(red(transform=moving((0, [0, 0]), (19, [38, 19]))), duration=20)
    flat = scene(red(transform=moving((0, [38, 19]), (19, [0, 0])), range=[0, 20]))
    assert hashes(scene(ref("r", inner, time={"offset": 19, "scale": -1})), 25) == hashes(flat, 25)


def test_freeze_stands_still() -> None:
    inner = composition(red(transform=moving((0, [3, 4]), (19, [38, 19]))), duration=20)
    assert hashes(scene(ref("r", inner, time={"scale": 0})), 25) == hashes(
        scene(red(transform={"translate": [3, 4]})), 25
    )


def test_slow_motion_samples_between_frames() -> None:
    inner = composition(red(transform=moving((0, [0, 0]), (10, [40, 20]))), red("b", range=[5, 6]), duration=11)
    flat = scene(
        red(transform=moving((0, [0, 0]), (20, [40, 20])), range=[0, 22]), red("b", range=[10, 12]), duration=30
    )
    assert hashes(scene(ref("r", inner, time={"scale": 0.5})), 30) == hashes(flat, 30)


def test_clip_draws_nothing_outside() -> None:
    inner = composition(red(transform=moving((0, [0, 0]), (20, [40, 20]))), duration=20)
    flat = scene(collection("g", red(transform=moving((0, [0, 0]), (20, [40, 20])), range=[0, 20])))
    want, blank = hashes(flat, 30), hashes(scene(), 1)
    got = hashes(scene(ref("r", inner, time={"clip": [5, 12]})), 30)
    assert got == [want[f] if 5 <= f < 12 else blank[0] for f in range(30)]
    reverse = hashes(scene(ref("r", inner, time={"offset": 19, "scale": -1, "clip": [5, 12]})), 30)
    assert reverse == [want[19 - f] if 5 <= 19 - f < 12 else blank[0] for f in range(30)]


def test_signals_keep_their_seconds_and_seeds() -> None:
    signal = {"procedural": {"kind": "scalar", "params": {"sine": {"amp": 0.5, "freq_hz": 2, "offset": 0.5}}}}
    noise = {"procedural": {"kind": "scalar", "params": {"noise1d": {"amp": 20, "freq_hz": 3, "offset": 20}}}}
    spring = {
        "keyframes": [
            {"frame": 0, "value": 0, "ease": {"spring": {"stiffness": 90, "damping": 5, "mass": 1}}},
            {"frame": 20, "value": 30},
        ]
    }
    nodes = [red("s", opacity=signal), red("n", transform={"translate": [noise, spring]})]
    inner = composition(*nodes, fps=15, duration=20, seed=5)
    alone = {**inner, "version": "0.3"}
    slow = hashes(alone, 20)
    assert hashes(scene(ref("r", inner), fps=15, duration=20, seed=9), 20) == slow
    assert hashes(scene(ref("q", "k"), fps=15, duration=20, compositions={"k": inner}), 20) == slow
    assert hashes(scene(ref("r", inner), fps=30, duration=40), 40)[::2] == slow


def test_video_of_another_rate() -> None:
    assets = {"clip": {"video": {"source": clip_data()}}}
    inner = composition(leaf("clip", "v"), assets=assets, fps=25, duration=25)
    forward = hashes({**inner, "version": "0.3"}, 25)
    assert hashes(scene(ref("r", inner, time={"offset": 24, "scale": -1}), fps=25), 25) == forward[::-1]
    # 10 frames a second: 12.5 of a 25th for each of 5 fps doubled
    assert hashes(scene(ref("r", inner), fps=5, duration=5), 5) == forward[::5]


def test_isolation_and_canvas_of_the_reference() -> None:
    inner = composition(red("a"), red("b"), leaf("#0000ff", "full", size="canvas", opacity=0.5), size=(20, 16))
    flat = scene(
        collection(
            "g",
            red("a"),
            red("b"),
            leaf("#0000ff", "full", size=[20, 16], opacity=0.5),
            opacity=0.5,
            blend="screen",
            transform={"translate": [32, 24], "anchor": [10, 8]},
        ),
        background="#204060",
    )
    outer = {"opacity": 0.5, "blend": "screen", "transform": {"translate": [32, 24], "anchor": "center"}}
    assert hashes(scene(ref("r", inner, **outer), background="#204060"), 1) == hashes(flat, 1)


CUT = {"effects": [{"clip_rect": [0, 0, 20, 16]}]}


@pytest.mark.parametrize(
    "transform",
    [
        {"translate": [7, 5]},
        {"translate": [60, -4], "rotation_deg": 90},
        {"translate": [7.5, 5.25]},
        {"translate": [20, 9], "rotation_deg": 25, "scale": 1.3},
        {"translate": [7, 5], "scale": 0},
    ],
)
def test_content_is_cut_at_the_inner_canvas(transform: dict[str, Any]) -> None:
    nodes = [leaf("#ff0000", "a", size=[50, 50], transform={"translate": [-9, 3]}), leaf("photo", "p", opacity=0.5)]
    inner = composition(*nodes, size=(20, 16), assets=PHOTO)
    outer = {"transform": transform, "opacity": 0.7}
    flat = scene(collection("g", collection("c", *nodes, **CUT), **outer), assets=PHOTO, background="#204060")
    nested = scene(ref("r", inner, **outer), background="#204060")
    assert hashes(nested, 1) == hashes(flat, 1)


def test_an_aligned_cut_leaves_no_pixel_outside_and_changes_none_inside() -> None:
    inner = composition(leaf("photo", "p", transform={"translate": [-9, -3]}), size=(20, 16), assets=PHOTO)
    whole = scene(leaf("photo", "p", transform={"translate": [-2, 2]}), assets=PHOTO)

    def pixels(source: dict[str, Any]) -> Any:
        with wv.RenderSession(wv.Composition.from_json(source), options=REFERENCE) as s:
            return s.render_frame(0).rgba

    got, want = pixels(scene(ref("r", inner, transform={"translate": [7, 5]}))), pixels(whole).copy()
    assert (got[5:21, 7:27] == want[5:21, 7:27]).all() and got[5:21, 7:27].any()
    want[5:21, 7:27] = got[5:21, 7:27]
    got = got.copy()
    got[5:21, 7:27] = 0
    assert not got.any()


def test_background_of_an_inner_canvas() -> None:
    inner = composition(red("a"), size=(20, 16), background="#00ff0080")
    flat = scene(leaf("#00ff0080", "back", size=[20, 16]), red("a"))
    assert hashes(scene(ref("r", inner)), 2) == hashes(flat, 2)


def test_names_are_apart_and_assets_are_shared() -> None:
    inner = composition(
        leaf("photo", "a"),
        leaf("t", "t"),
        assets={**PHOTO, "t": {"text": {"text": "{{name}}"}}},
        variables={"name": "x"},
    )
    refs = [ref(f"r{i}", "k", variables={"name": f"n{i}"}, transform={"translate": [i * 9, 0]}) for i in range(3)]
    source = scene(*refs, red("a"), compositions={"k": inner})
    with wv.RenderSession(wv.Composition.from_json(source), options=REFERENCE) as s:
        names = s._ir.names
        assert [n for n in names.nodes if n.endswith("a")] == ["r0/a", "r1/a", "r2/a", "a"]
        assert [k for k in names.assets if "photo" in k] == ["k/photo"]
        assert sorted(k for k in names.assets if "/t@" in k) == ["k/t@r0", "k/t@r1", "k/t@r2"]
        assert s._scene is not None
        texts = [s._scene.expansion.document.assets[f"k/t@r{i}"].text for i in range(3)]
        assert texts == ["n0", "n1", "n2"]


def test_variables_pass_by_bindings_alone() -> None:
    inner = composition(
        leaf("=vars.logo", "l"),
        red("b", enabled="=vars.on"),
        assets={"own": {"solid_rect": {"color": "#00f"}}},
        variables={"logo": {"type": "asset", "default": "own"}, "on": True, "n": 1},
    )
    outer = {
        "assets": PHOTO,
        "compositions": {"k": inner},
        "variables": {"pic": {"type": "asset", "default": "photo"}, "on": False},
    }

    def at(*nodes: dict[str, Any]) -> list[str]:
        return hashes(scene(*nodes, **outer), 1)

    assert at(ref("r", "k")) == hashes(scene(leaf("#0000ff", "l"), red("b")), 1)  # `on` of the document is not seen
    assert at(ref("r", "k", variables={"logo": "=vars.pic", "on": "=!vars.on"})) == at(leaf("photo", "l"), red("b"))
    assert at(ref("r", "k", variables={"logo": "photo", "on": "=vars.on"})) == at(leaf("photo", "l"))
    assert at(ref("r", "k", variables={"logo": "own", "on": False})) == hashes(scene(leaf("#0000ff", "l")), 1)


def test_references_in_repeats_take_elements() -> None:
    inner = composition(
        leaf("t", "t"),
        assets={"t": {"text": {"text": "{{name}}", "size_px": 12}}},
        variables={"name": {"type": "text", "required": True}},
    )
    card = ref("card", "k", variables={"name": "=item.who"}, range=[0, 5])
    repeat = {"id": "s", "kind": {"repeat": {"items": "=vars.rows", "mode": "sequence", "child": card}}}
    rows = {"rows": {"type": "list", "default": [{"who": "#abc"}, {"who": "Bo"}]}}
    got = hashes(scene(repeat, compositions={"k": inner}, variables=rows), 10)
    texts = {name: {"text": {"text": name, "size_px": 12}} for name in ("#abc", "Bo")}
    flat = scene(collection("s", *(leaf(n, n, range=[0, 5]) for n in texts), mode="sequence"), assets=texts)
    assert got == hashes(flat, 10)


# files


def write(folder: Path, name: str, source: dict[str, Any]) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": "0.3", **source}))
    return path


def test_a_composition_in_a_file(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "cards").mkdir()
    Image.new("RGB", (9, 7), (10, 200, 30)).save(tmp_path / "cards" / "dot.png")
    inner = composition(leaf("dot", "d"), assets={"dot": {"image": {"source": "dot.png"}}}, duration=10)
    write(tmp_path, "cards/card.json", inner)
    top = write(
        tmp_path,
        "top.json",
        scene(collection("s", ref("r", "file:cards/card.json"), red("a", range=[0, 5]), mode="sequence")),
    )
    comp = wv.load(top)
    assert comp.check() == []
    with wv.RenderSession(comp, options=REFERENCE) as s:
        assert s.render_frame(9).rgba[0, 0].tolist() == [10, 200, 30, 255]
        assert s.render_frame(10).rgba[0, 0].tolist() == [255, 0, 0, 255]


def problem_of(path: Path) -> wv.Problem:
    with pytest.raises(wv.WavyteError) as caught:
        wv.RenderSession(wv.load(path), options=REFERENCE)
    (problem,) = caught.value.problems
    checked = [p for p in wv.load(path).check() if p.severity == "error"]
    assert [p.message for p in checked] == [problem.message]
    return problem


def test_files_that_contain_each_other(tmp_path: Path) -> None:
    write(tmp_path, "b.json", scene(ref("to_c", "file:sub/c.json")))
    write(tmp_path, "sub/c.json", scene(ref("to_b", "file:../b.json")))
    problem = problem_of(write(tmp_path, "a.json", scene(ref("to_b", "file:b.json"))))
    assert problem.code == "comp_cycle" and "b.json -> c.json -> b.json" in problem.message
    assert problem.file is not None and problem.file.endswith("c.json")


def test_a_file_that_contains_itself(tmp_path: Path) -> None:
    problem = problem_of(write(tmp_path, "a.json", scene(ref("r", "file:a.json"))))
    assert problem.code == "comp_cycle" and "a.json -> a.json" in problem.message


def test_bad_files(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(tmp_path, "outside.json", scene())
    for source, words in (
        ("none.json", "no such file"),
        ("../outside.json", "assets root"),
        ("bad.json", "no JSON"),
        ("wrong.json", "unknown version"),
    ):
        top = write(folder, "top.json", scene(ref("r", f"file:{source}")))
        (folder / "bad.json").write_text("{")
        (folder / "wrong.json").write_text(json.dumps(scene() | {"version": "9"}))
        assert words in str(problem_of(top)), source


@pytest.mark.parametrize(
    ("inner", "variables", "code"),
    [
        ({"n": 1}, {"m": 1}, "unknown_variable"),
        ({"n": 1}, {"n": "=vars.text"}, "type"),
        ({"n": {"type": "number", "default": 1, "max": 5}}, {"n": "=vars.big * 2"}, "range"),
        ({"n": {"type": "number", "required": True}}, {}, "missing_variable"),
        ({"n": {"type": "asset", "default": "own"}}, {"n": "=vars.text"}, "unknown_asset"),
    ],
)
def test_bad_bindings_of_files(tmp_path: Path, inner: dict[str, Any], variables: dict[str, Any], code: str) -> None:
    assets = {"own": {"solid_rect": {"color": "#fff"}}}
    write(tmp_path, "in.json", composition(variables=inner, assets=assets))
    reference = ref("r", "file:in.json", variables=variables)
    top = scene(reference, variables={"text": "x", "big": 100})
    assert problem_of(write(tmp_path, "top.json", top)).code == code


def test_time_maps_beyond_64_bits_are_an_error() -> None:
    inner: Any = composition(red(), fps=23.976)
    for _ in range(12):
        inner = composition(ref("r", inner, time={"scale": 0.123456789}), fps=29.97)
    with pytest.raises(wv.LimitError, match="64-bit"):
        hashes({**inner, "version": "0.3"}, 1)


def test_compositions_that_multiply_are_bounded() -> None:
    compositions: dict[str, Any] = {"c0": composition(red())}
    for level in range(1, 20):
        compositions[f"c{level}"] = composition(*(ref(f"r{i}", f"c{level - 1}") for i in range(4)))
    with pytest.raises(wv.LimitError, match="too many nodes"):
        hashes(scene(ref("r", "c19"), compositions=compositions), 1)


def test_canonical_text_and_other_canvases() -> None:
    inner = composition(
        leaf("=vars.logo", "full", size="canvas"),
        assets=PHOTO,
        variables={"logo": {"type": "asset", "default": "photo"}},
    )
    source = scene(ref("r", inner, time={"offset": 2, "scale": -0.5, "clip": [1, 9]}), ref("f", "file:card.json"))
    comp = wv.Composition.from_json(source)
    again = wv.Composition.from_json(comp.to_json())
    assert again == comp and hash(again) == hash(comp) and again.to_json() == comp.to_json()
    small = scene(ref("r", composition(leaf("#ff0000", "a", size=[64, 48]), size=(16, 12))), background="#000")
    wide = wv.Composition.from_json(small).with_overrides(size=(40, 20), scale=2.0)
    with wv.RenderSession(wide, options=REFERENCE) as s:
        pixels = s.render_frame(0).rgba
    assert pixels.shape == (40, 80, 4)
    assert (pixels[:24, :32, 0] == 255).all() and not pixels[24:, :, 0].any() and not pixels[:, 32:, 0].any()


def test_references_are_items_of_layouts() -> None:
    inner = composition(leaf("#ff0000", "a"), size=(10, 6))
    layout = {"layout": {"display": "flex", "direction": "row", "gap_px": [4, 4], "align_items": "start"}}
    flat = scene(*(leaf("#ff0000", f"a{i}", size=[10, 6], transform={"translate": [14 * i, 0]}) for i in range(3)))
    row = collection("row", *(ref(f"r{i}", "k") for i in range(3)), **layout)
    assert hashes(scene(row, compositions={"k": inner}), 1) == hashes(flat, 1)
