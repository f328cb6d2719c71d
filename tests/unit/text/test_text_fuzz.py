"""Any text gives a result: finite, complete, the same twice, and no line wider than asked unless one cluster is."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from text_support import BOOK, asset, resolve, run

from wavyte_gpu.text import FontBook, shape_text

SAMPLES = (
    "ab c,.(1)\t\n\r\u2028\u00ad\u200b\u200d\u200e\u200f\u202b\u202c\u2067\u2069"
    "é\u0301ǅﬁשםمرلا،٣क्षिถ้ำ中。ア👩🏽🇩❤\ufe0f\ud800\x00\uffff\U0010ffff"
)
texts = st.text(st.one_of(st.sampled_from(SAMPLES), st.characters()), max_size=40) | st.text(
    st.sampled_from(SAMPLES), max_size=60
)
fonts = st.sampled_from([None, "arabic.ttf", "hebrew.ttf", "devanagari.ttf", "emoji.ttf", "colr1.ttf"])
runs = st.lists(
    st.builds(
        run,
        texts,
        font_source=fonts,
        size_px=st.none() | st.floats(1.0, 300.0),
        weight=st.none() | st.floats(1.0, 1000.0),
        letter_spacing_px=st.none() | st.floats(-20.0, 40.0),
        features=st.none()
        | st.dictionaries(st.sampled_from(["liga", "kern", "smcp", "????", "    "]), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=4,
)
fields = st.fixed_dictionaries(
    {
        "runs": runs,
        "font_source": fonts,
        "size_px": st.floats(0.5, 200.0),
        "max_width_px": st.none() | st.floats(0.01, 900.0),
        "max_lines": st.none() | st.integers(1, 5),
        "overflow": st.sampled_from(["clip", "ellipsis", "shrink"]),
        "align": st.sampled_from(["start", "end", "left", "center", "right", "justify"]),
        "line_height": st.floats(0.1, 4.0),
        "letter_spacing_px": st.sampled_from([0.0, 0.0, 3.5, -2.0]),
    }
)


@settings(max_examples=300)
@given(fields)
def test_any_text_is_laid_out(values: dict[str, Any]) -> None:
    shaped = shape_text(asset(**values), resolve, book=BOOK)
    for array in (shaped.x, shaped.y, shaped.size_px):
        assert np.isfinite(array).all()
    count = sum(len(part.text) for part in values["runs"])
    assert shaped.size[0] >= 0.0 and shaped.size[1] > 0.0
    assert [line.first_glyph for line in shaped.lines[1:]] == [line.end_glyph for line in shaped.lines[:-1]]
    assert shaped.lines[-1].end_glyph == len(shaped)
    assert ((shaped.cluster >= 0) & (shaped.cluster < max(count, 1))).all()
    assert all(earlier.end <= later.start for earlier, later in zip(shaped.lines, shaped.lines[1:], strict=False))
    spaced = values["letter_spacing_px"] < 0 or any((part.letter_spacing_px or 0) < 0 for part in values["runs"])
    width = values["max_width_px"]
    if width is not None and not spaced:
        for line in shaped.lines:
            seen = {unit for unit in shaped.unit[line.first_glyph : line.end_glyph].tolist() if unit >= 0}
            assert line.width <= width + 1e-3 or len(seen) <= 1, line
    if values["max_lines"] is not None:
        assert len(shaped.lines) <= values["max_lines"]
    if not shaped.truncated:
        assert shaped.lines[-1].end <= count


@settings(max_examples=60)
@given(fields)
def test_a_fresh_book_gives_the_same(values: dict[str, Any]) -> None:
    with FontBook() as book:
        again = shape_text(asset(**values), resolve, book=book)
    assert again.content_hash == shape_text(asset(**values), resolve, book=BOOK).content_hash
