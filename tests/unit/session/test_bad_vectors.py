"""Shapes and texts that are wrong or beyond all bounds: one clear error with its place, or a bounded picture."""

from __future__ import annotations

import pytest

import wavyte_gpu as wv
from tests.support.documents import scene

REFERENCE = wv.SessionOptions(backend="reference")


def render(asset: dict[str, object]) -> wv.Frame:
    source = scene({"id": "n", "kind": {"leaf": {"asset": "x"}}}, assets={"x": asset}, size=(40, 30))
    with wv.RenderSession(wv.Composition.from_json(source), options=REFERENCE) as session:
        return session.render_frame(0)


@pytest.mark.parametrize(
    "data, column", [("M0 0L10 10Lx", 12), ("M0 0L1e30 5", 6), ("M0 0LNaN 5", 6), ("M0 0 1e999 5", 6), ("L0 0", 1)]
)
def test_wrong_path_data_says_at_which_column(data: str, column: int) -> None:
    with pytest.raises(wv.SchemaError) as caught:
        render({"path": {"svg_path_d": data}})
    (problem,) = caught.value.problems
    assert f"column {column} " in problem.message and problem.path == "/assets/x/path/svg_path_d"
    assert problem.found and problem.allowed


def test_a_path_of_many_segments_is_drawn() -> None:
    zigzag = "".join(f"L{i % 2 * 40} {i % 1000 * 0.03:.2f}" for i in range(50_000))
    assert render({"path": {"svg_path_d": "M0 0" + zigzag}}).rgba.any()


def test_a_shape_of_too_many_points_names_its_asset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavyte_gpu.raster.flatten.MAX_POINTS", 4)
    with pytest.raises(wv.LimitError) as caught:
        render({"path": {"svg_path_d": "M0 0L9 0L9 9L5 12L0 9Z"}})
    assert caught.value.problems[0].path == "/assets/x"


def test_unassigned_characters_are_drawn_and_told() -> None:
    text = {"text": {"text": "a\u0378\U0010fffe", "size_px": 12}}
    assert render(text).rgba.any()
    source = scene({"id": "n", "kind": {"leaf": {"asset": "x"}}}, assets={"x": text})
    assert {p.code for p in wv.Composition.from_json(source).check()} == {"missing_glyph"}


def test_a_lone_surrogate_is_no_character() -> None:
    source = scene({"id": "n", "kind": {"leaf": {"asset": "x"}}}, assets={"x": {"text": {"text": "a\ud800b"}}})
    assert [p.path for p in wv.validate_schema(source)] == ["/assets/x/text/text"]
