"""A character that neither a text's fonts nor the shipped one has is looked for in the other fonts of the document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import wavyte_gpu as wv
from tests.support.documents import scene

FONTS = Path(__file__).parents[1] / "text" / "fonts"


def problems(**texts: dict[str, Any]) -> list[str]:
    nodes = [{"id": name, "kind": {"leaf": {"asset": name}}} for name in texts]
    source = scene(*nodes, assets={name: {"text": text} for name, text in texts.items()}, size=(90, 60))
    comp = wv.Composition(wv.Composition.from_json(source).document, base_dir=FONTS)
    return [p.message for p in comp.check()]


THAI, ARABIC = "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u0645\u0631\u062d\u0628\u0627"


def test_fonts_of_other_texts_are_used() -> None:
    named = {"text": "x", "font_source": "thai.ttf"}
    assert len(problems(mixed={"text": f"Hello {THAI}"})) > 0
    assert problems(mixed={"text": f"Hello {THAI}"}, named=named) == []
    runs = {"runs": [{"text": "a"}, {"text": "b", "font_source": "arabic.ttf"}]}
    assert problems(mixed={"text": f"Hello {THAI} {ARABIC}"}, named=named, runs=runs) == []
    assert problems(mixed={"text": THAI, "font_source": "hebrew.ttf"}, named=named) == []


def test_a_font_that_can_not_be_read_is_told_once() -> None:
    found = problems(mixed={"text": f"Hello {THAI}"}, lost={"text": "x", "font_source": "nowhere.ttf"})
    assert sum("no such file" in message for message in found) == 1
