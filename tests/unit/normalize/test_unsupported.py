"""Nothing is silently ignored: each feature that can't be rendered is one UnsupportedError at the session, one warning in `check`."""

from __future__ import annotations

from typing import Any

import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene

RED = leaf("#ff0000", "n")
KEYS = {"keyframes": [{"frame": 0, "value": "#ff0000"}, {"frame": 9, "value": "#0000ff"}]}
NUMBERS = {"keyframes": [{"frame": 0, "value": 1}, {"frame": 9, "value": 0}]}
PAIRS = {"keyframes": [{"frame": 0, "value": [0, 0]}, {"frame": 9, "value": [1, 1]}]}
COLOURS = {"keyframes": [{"frame": 0, "value": "#fff"}, {"frame": 9, "value": "#000"}]}
SIZES = {"keyframes": [{"frame": 0, "value": 12}, {"frame": 9, "value": 40}]}


def shown(asset: Any) -> dict[str, Any]:
    return scene(leaf("x", "n"), assets={"x": asset})


def node(**fields: Any) -> dict[str, Any]:
    return scene(leaf("#ff0000", "n", **fields))


# name: (document, what is named, JSON Pointer)
NODE = "/root/kind/collection/children/0"
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "text_size": (shown({"text": {"text": "Hello", "size_px": SIZES}}), "sizes", "/assets/x"),
    "path_stroke": (
        shown({"path": {"svg_path_d": "M0 0L9 0L9 9Z", "stroke": {"width": NUMBERS}}}),
        "animated strokes",
        "/assets/x",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_error_names_feature_and_node(name: str) -> None:
    document, feature, path = CASES[name]
    comp = wv.Composition.from_json(document)
    with pytest.raises(wv.UnsupportedError) as caught:
        wv.RenderSession(comp, options=wv.SessionOptions(backend="reference"))
    (problem,) = caught.value.problems
    assert problem.node_id == "n"
    assert feature in problem.message
    assert problem.path.startswith(path)
    assert problem.severity == "error" and problem.code == "unsupported"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", CASES)
def test_one_warning_of_check(name: str) -> None:
    document, feature, path = CASES[name]
    problems = [p for p in wv.Composition.from_json(document).check() if p.code == "unsupported"]
    (problem,) = problems
    assert problem.severity == "warning" and problem.node_id == "n" and feature in problem.message
    assert problem.path.startswith(path)


def test_what_is_switched_off_or_not_shown_needs_no_support() -> None:
    hidden = leaf("words", "off", effects=[{"blur": 3}], enabled=False)
    assets = {"words": {"svg": {"source": "absent.svg"}}}
    document = scene(
        leaf("#ff0000", "a"), collection("g", hidden, enabled=False), hidden | {"id": "off2"}, assets=assets
    )
    frame = wv.render_frame(wv.Composition.from_json(document), 0, options=wv.SessionOptions(backend="reference"))
    assert (frame.rgba == [255, 0, 0, 255]).all()


def test_missing_sound_is_found_by_check() -> None:
    assets = {"song": {"audio": {"source": "song.mp3"}}}
    comp = wv.Composition.from_json(scene(leaf("song", "tune"), leaf("#ff0000", "a"), assets=assets))
    assert [(p.code, p.path, p.severity) for p in comp.check()] == [("missing_asset", "/assets/song", "error")]


def test_a_sequence_child_of_unknown_length_is_an_error() -> None:
    assets = {"song": {"audio": {"source": "song.mp3"}}}
    document = scene(
        collection("s", leaf("song", "tune"), leaf("#ff0000", "a", range=[0, 3]), mode="sequence"), assets=assets
    )
    with pytest.raises(wv.WavyteError) as caught:
        wv.RenderSession(wv.Composition.from_json(document), options=wv.SessionOptions(backend="reference"))
    assert caught.value.exit_code in (1, 2)
