"""Texts shown unit by unit, against texts that say the same without a reveal."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import wavyte_gpu as wv
from tests.support.documents import scene

REFERENCE = wv.SessionOptions(backend="reference")
TEXT = "Two AV words,\nand a line"
FONTS = Path(__file__).parents[1] / "text" / "fonts"
KEYS = {"keyframes": [{"frame": 0, "value": 0}, {"frame": 20, "value": 1}]}
Pixels = npt.NDArray[np.uint8]


def document(*texts: dict[str, Any], **node: Any) -> dict[str, Any]:
    assets = {f"t{i}": {"text": {"size_px": 22, "color": "#ffffff", **text}} for i, text in enumerate(texts)}
    at = {"transform": {"translate": [12, 9]}}
    nodes = [{"id": name, "kind": {"leaf": {"asset": name}}, **(at | node)} for name in assets]
    return scene(*nodes, assets=assets, size=(200, 90), duration=30)


def session(source: dict[str, Any]) -> wv.RenderSession:
    return wv.RenderSession(wv.Composition.from_json(source), options=REFERENCE)


def draw(*texts: dict[str, Any], frame: int = 0, **node: Any) -> Pixels:
    with session(document(*texts, **node)) as opened:
        return opened.render_frame(frame).rgba


def shape_ops(text: dict[str, Any], frame: int = 0, **node: Any) -> int:
    with session(document(text, **node)) as opened:
        return sum(len(op.shapes) for op in opened.plan(frame).ops)


def revealed(frame: int = 0, text: str = TEXT, **reveal: Any) -> Pixels:
    return draw({"text": text, "reveal": reveal}, frame=frame)


def test_a_typewriter_shows_the_first_glyphs() -> None:
    for shown in (0, 1, 4, 11, 19):
        at = [i for i, c in enumerate(TEXT) if not c.isspace()]
        cut = at[shown - 1] + 1 if shown else 0
        runs = [{"text": TEXT[:cut], "color": "#ffffff"}, {"text": TEXT[cut:], "color": "#00000000"}]
        assert np.array_equal(revealed(end=(shown + 0.01) / len(at), softness=0), draw({"runs": runs}))


def test_all_shown_is_the_text_itself() -> None:
    plain = draw({"text": TEXT})
    assert plain.any()
    for more in (
        {},
        {"softness": 0},
        {"softness": 7, "unit": "word"},
        {"transform": {"translate": [5, 9], "scale": 3}},
    ):
        assert np.array_equal(revealed(end=1, **more), plain)
        assert np.array_equal(revealed(end=0, opacity=1), plain)
    assert not revealed(end=0).any() and not revealed(start=0.7, end=0.3).any()
    assert (
        shape_ops({"text": TEXT, "reveal": {"end": 1}})
        == shape_ops({"text": TEXT, "reveal": {"end": 0.4, "softness": 0}})
        == 1
    )


def test_words_fade_one_after_the_other() -> None:
    got = revealed(unit="word", end=3.5 / 6)
    whole = draw({"text": TEXT})
    runs = [(TEXT[:14], 1.0), (TEXT[14:17], 0.5), (TEXT[17:], 0.0)]
    want = draw({"runs": [{"text": t, "color": [1, 1, 1, a]} for t, a in runs]})
    assert np.abs(got.astype(int) - want).max() <= 1
    assert np.array_equal(
        revealed(unit="word", opacity=0.25, end=0)[..., 3], (whole[..., 3].astype(int) * 64 + 127) // 255
    )


def test_a_line_moves_as_its_node_would() -> None:
    line = "Hxpg"
    quarter = {"rotation_deg": 90.0}
    with session(document({"text": line})) as opened:
        x0, y0, x1, y1 = opened._store.shape(0).bounds(0)
    middle = [(x0 + x1) / 2, (y0 + y1) / 2]
    at = [12 + middle[0], 9 + middle[1]]
    for move, node in (
        ({"translate": [30, 11.5]}, {"translate": [at[0] + 30, at[1] + 11.5]}),
        ({"scale": [1.5, -0.5]}, {"scale": [1.5, -0.5]}),
        (quarter, quarter),
        (
            {"rotation_deg": 33, "scale": 2, "translate": [20, 30]},
            {"rotation_deg": 33, "scale": 2, "translate": [at[0] + 20, at[1] + 30]},
        ),
    ):
        got = revealed(text=line, unit="line", end=0, opacity=1, transform=move)
        want = draw({"text": line}, transform={"translate": at, "anchor": middle} | node)
        assert got.any() and np.abs(got.astype(int) - want).max() <= 2, move


def test_the_baseline_stays_where_units_grow_from_it() -> None:
    got = revealed(text="nmx", end=0, opacity=1, transform={"scale": [1, 2], "anchor": "baseline"})
    plain = draw({"text": "nmx"})
    lowest = [np.flatnonzero(pixels[..., 3].any(axis=1))[-1] for pixels in (got, plain)]
    assert lowest[0] - lowest[1] in (0, 1)
    assert np.flatnonzero(got[..., 3].any(axis=1))[0] < np.flatnonzero(plain[..., 3].any(axis=1))[0] - 5


def test_the_times_are_those_of_the_leaf() -> None:
    text = {"text": TEXT, "reveal": {"end": KEYS, "softness": 0}}
    late = draw(text, frame=15, range=[5, 30])
    assert late.any() and np.array_equal(late, draw(text, frame=10))
    assert np.array_equal(draw(text, frame=10), revealed(end=0.5, softness=0))


def test_units_of_equal_opacity_are_one_dispatch() -> None:
    long = "word " * 40
    text = {"text": long, "max_width_px": 180, "size_px": 8}
    for end in (0.2, 0.5, 0.93):
        assert shape_ops(text | {"reveal": {"end": end, "softness": 0}}) == 1
        moved = {"end": end, "softness": 0, "opacity": 1, "transform": {"translate": [0, 3]}}
        assert shape_ops(text | {"reveal": moved}) == 1
        assert shape_ops(text | {"reveal": {"unit": "word", "end": end, "softness": 3}}) <= 4


def test_a_set_of_several_colours_fades_as_one() -> None:
    font = "data:font/ttf;base64," + base64.b64encode((FONTS / "colr0.ttf").read_bytes()).decode()
    with session(document({"text": "A", "font_source": font})) as opened:
        parts = len(opened._store.shape(0).parts)
    text = {"text": "AA", "font_source": font, "size_px": 60}
    assert parts > 1
    fade = draw(text | {"reveal": {"end": 0, "opacity": 128 / 255}})
    assert fade.any() and np.array_equal(fade, draw(text, opacity=128 / 255))
    moved = draw(text | {"reveal": {"unit": "line", "end": 0, "opacity": 1, "transform": {"translate": [7, 3]}}})
    assert np.array_equal(moved, draw(text, transform={"translate": [19, 12]}))


def test_the_opacity_of_the_node_counts_once() -> None:
    text = {"text": TEXT, "reveal": {"unit": "line", "end": 0.75}}
    got = draw(text, opacity=0.5, blend="screen")
    runs = [{"text": TEXT[:14], "color": "#fff"}, {"text": TEXT[14:], "color": [1, 1, 1, 0.5]}]
    assert np.abs(got.astype(int) - draw({"runs": runs}, opacity=0.5, blend="screen")).max() <= 1


def test_equal_units_in_equal_places_keep_their_tiles() -> None:
    steps = {"keyframes": [{"frame": f, "value": f / 20, "ease": "hold"} for f in (0, 10)]}
    with session(document({"text": TEXT, "reveal": {"end": KEYS, "softness": 0}})) as opened:
        # 19 glyphs over 20 frames: the last frames show the same units, though the range moves on.
        shapes = [[shape for op in opened.plan(f).ops for shape in op.shapes] for f in (10, 20, 10)]
    assert shapes[0][0] is shapes[2][0] and shapes[0][0] is not shapes[1][0]
    with session(document({"text": TEXT, "reveal": steps})) as opened:
        assert opened._source.sample([3]).keys == opened._source.sample([4]).keys


@pytest.mark.parametrize(
    "reveal",
    [
        {"end": 1e300},
        {"start": -1e300, "end": 1e300, "offset": 1e300},
        {"end": 0.5, "softness": 1e300},
        {"end": 0.5, "transform": {"translate": [1e300, -1e300]}},
        {"end": 0.5, "opacity": 1e300, "transform": {"rotation_deg": 1e300}},
        {"end": 0.5, "opacity": 1, "transform": {"scale": 1e300}},
        {"end": 0.5, "opacity": 1, "transform": {"scale": 0}},
        {"end": 0.5, "opacity": -1e300},
        {"unit": "word", "end": {"keyframes": [{"frame": 0, "value": -1e299}, {"frame": 9, "value": 1e299}]}},
    ],
)
def test_values_beyond_all_bounds_draw_a_bounded_picture(reveal: dict[str, Any]) -> None:
    for frame in (0, 5):
        assert revealed(frame=frame, **reveal).shape == (90, 200, 4)
        draw({"text": "", "reveal": reveal}, frame=frame)
        draw({"text": " \n ", "reveal": reveal}, frame=frame)


def test_units_at_rest_stay_where_others_are_far_away() -> None:
    got = revealed(unit="line", end=0.5, opacity=1, transform={"translate": [0, 1e30]})
    assert np.array_equal(got, revealed(unit="line", end=0.5))


def test_bad_reveals_are_named() -> None:
    for reveal, where in (
        ({"unit": "letter"}, "/unit"),
        ({"softness": -1}, "/softness"),
        ({"softness": float("nan")}, "/softness"),
        ({"end": "1"}, "/end"),
        ({"ease": "bouncy"}, "/ease"),
        ({"transform": {"anchor": "top"}}, "/transform/anchor"),
        ({"amount": 1}, "/amount"),
    ):
        problems = wv.validate_schema(document({"text": "a", "reveal": reveal}))
        assert [p.path for p in problems] == [f"/assets/t0/text/reveal{where}"], (reveal, problems)


def test_the_examples_of_the_readme_are_valid() -> None:
    text = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    block = text.partition("## Text that arrives")[2].partition("```json\n")[2].partition("```")[0]
    examples = json.loads("[" + re.sub(r"\n(?=\{)", ",", block.strip()) + "]")
    assert len(examples) == 4
    for example in examples:
        assert draw(example["text"], frame=29).any()
