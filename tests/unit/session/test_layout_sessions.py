"""Layouts in sessions: canvases of other shapes, texts that break their lines, values that change, equal frames in any order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import scene
from tests.support.layouts import item, items

REFERENCE = wv.SessionOptions(backend="reference")
TITLE = {"text": {"text": "one two three four five six", "size_px": 20, "color": "#ffffff"}}


def frame(document: Any, index: int = 0, size: tuple[int, int] | None = None) -> Any:
    comp = wv.Composition.from_json(document)
    return wv.render_frame(comp if size is None else comp.with_overrides(size=size), index, options=REFERENCE).rgba


def inked(pixels: Any) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of what is drawn."""
    rows, columns = np.flatnonzero(pixels[..., 3].any(axis=1)), np.flatnonzero(pixels[..., 3].any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("size", [(64, 36), (36, 64), (48, 48)])
def test_a_root_follows_the_canvas(size: tuple[int, int]) -> None:
    box = item("a", "#ff0000", size=["50%", 6], align_self="end")
    pixels = frame(scene(items("r", box, padding_px=4), size=(64, 36)), size=size)
    w, h = size
    assert inked(pixels) == (4, h - 10, 4 + (w - 8) // 2, h - 4)


def test_the_scale_multiplies_a_layout() -> None:
    document = scene(items("r", item("a", "#ff0000", size=[10, 6]), padding_px=4), size=(40, 20))
    comp = wv.Composition.from_json(document).with_overrides(scale=2)
    assert inked(wv.render_frame(comp, 0, options=REFERENCE).rgba) == (8, 8, 28, 20)


def test_a_text_breaks_its_lines_to_its_box() -> None:
    def lines(width: int) -> int:
        pixels = frame(scene(items("r", item("t", "title"), align_items="start"), assets={"title": TITLE}, size=(width, 200)))
        _, _, right, bottom = inked(pixels)
        assert right <= width
        return round(bottom / 24)

    assert [lines(w) for w in (400, 150, 70)] == [1, 2, 5]


def test_two_leaves_of_one_text_break_their_own_lines() -> None:
    narrow = items("n", item("t", "title"), size=[70, "auto"], flex_shrink=0)
    root = items("r", narrow, item("u", "title"), align_items="start")
    pixels = frame(scene(root, assets={"title": TITLE}, size=(400, 200)))
    assert inked(pixels[:, :70])[3] > 110 and inked(pixels[:, 70:])[3] < 30


def test_a_box_never_enlarges_a_text_and_its_align_places_it() -> None:
    big = item("t", "title", size=[300, 100])
    left, _, right, _ = inked(frame(scene(items("r", big), assets={"title": TITLE}, size=(320, 120))))
    alone = inked(frame(scene({"id": "t", "kind": {"leaf": {"asset": "title"}}}, assets={"title": TITLE}, size=(320, 120))))
    assert (left, right) == (alone[0], alone[2])
    at_end = {"text": {**TITLE["text"], "align": "right"}}
    assert inked(frame(scene(items("r", big), assets={"title": at_end}, size=(320, 120))))[2] >= 298


def test_a_picture_fills_its_box_by_fit() -> None:
    square = {"path": {"svg_path_d": "M0 0H20V20H0Z", "fill": "#ff0000"}}
    for fit, expected in (("contain", (10, 0, 30, 20)), ("fill", (0, 0, 40, 20)), ("cover", (0, 0, 40, 30))):
        leaf = item("a", "square", {"fit": fit}, size=[40, 20])
        assert inked(frame(scene(items("r", leaf), assets={"square": square}, size=(60, 40)))) == expected


def test_a_new_text_is_laid_out_anew() -> None:
    document = scene(items("r", item("t", "title"), item("a", "#ff0000", size=[5, 40])), size=(200, 60))
    document["assets"]["title"] = {"text": {"text": "{{word}}", "size_px": 20, "color": "#ffffff"}}
    document["variables"] = {"word": "i"}
    with wv.RenderSession(wv.Composition.from_json(document), options=REFERENCE) as session:
        right = []
        for word in ("i", "wider", "i"):
            session.set_variables({"word": word})
            right.append(inked(session.render_frame(0).rgba)[2])
    assert right[0] == right[2] < right[1]


def test_expressions_and_variables_move_a_layout_and_break_texts_anew() -> None:
    root = items("r", item("t", "title", size=[{"px": "=vars.room"}, "auto"]), padding_px={"left": "=vars.room / 10"})
    document = scene(root, assets={"title": TITLE}, size=(300, 200), variables={"room": 280})
    with wv.RenderSession(wv.Composition.from_json(document), options=REFERENCE) as session:
        frames = []
        for room in (280, 70, 280):
            session.set_variables({"room": room})
            frames.append(session.render_frame(0))
    assert frames[0].hash == frames[2].hash
    left, _, right, bottom = inked(frames[1].rgba)
    assert 7 <= left <= 10 and right <= 77 and bottom > 110


def test_any_order_of_frames_gives_the_same_bits() -> None:
    wave = {"procedural": {"kind": "scalar", "params": {"noise1d": {"amp": 20, "freq_hz": 4, "offset": 25}}}}
    late = {**item("late", "#00ff00", size=[17, 9]), "range": [7, 19]}
    root = items("r", items("i", item("t", "title"), item("q", "#ff0000", flex_grow=1)), late, padding_px=wave)
    comp = wv.Composition.from_json(scene(root, assets={"title": TITLE}, size=(160, 90)))
    with wv.RenderSession(comp, options=REFERENCE) as session:
        forward = [session.render_frame(f).hash for f in range(0, 30, 3)]
    with wv.RenderSession(comp, options=REFERENCE) as session:
        back = [session.render_frame(f).hash for f in range(27, -1, -3)][::-1]
    sink = wv.InMemorySink()
    with wv.RenderSession(comp, options=REFERENCE) as session:
        session.render_range(range(0, 30), sink)
    assert forward == back == [f.hash for f in sink.frames][::3]
