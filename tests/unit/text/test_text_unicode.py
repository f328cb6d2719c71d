"""Segmentation and directions against the conformance tests of Unicode 15.0, and words as `reveal` counts them."""

from __future__ import annotations

import lzma
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
from text_support import DATA

from wavyte_gpu.text import bidi, segment
from wavyte_gpu.text import unicode as uc


def lines_of(name: str) -> Iterator[str]:
    text = lzma.decompress((DATA / f"{name}.txt.xz").read_bytes()).decode("utf-8")
    for line in text.splitlines():
        content = line.split("#")[0].strip()
        if content:
            yield content


def lines(properties: npt.NDArray[np.uint32]) -> list[bool]:
    return (segment.line_breaks(properties) > 0).tolist()


def graphemes(properties: npt.NDArray[np.uint32]) -> list[bool]:
    return [*segment.grapheme_starts(properties).tolist(), True]


def words(properties: npt.NDArray[np.uint32]) -> list[bool]:
    return [*segment.word_starts(properties).tolist(), True]


@pytest.mark.parametrize(
    ("name", "least", "breaks"),
    [("LineBreakTest", 7600, lines), ("GraphemeBreakTest", 600, graphemes), ("WordBreakTest", 1800, words)],
    ids=["line", "grapheme", "word"],
)
def test_segmentation_conforms(name: str, least: int, breaks: Callable[[npt.NDArray[np.uint32]], list[bool]]) -> None:
    count = 0
    for line in lines_of(name):
        parts = line.split()
        chars = np.array([int(part, 16) for part in parts[1::2]], np.uint32)
        assert breaks(uc.lookup(chars)) == [part == "÷" for part in parts[::2]], line
        count += 1
    assert count > least


def resolved(chars: npt.NDArray[np.uint32], classes: npt.NDArray[np.uint8], base: int | None) -> tuple[int, list[int]]:
    level = (bidi.base_level(classes) or 0) if base is None else base
    return level, bidi.line_levels(classes, bidi.levels(chars, classes, level), level).tolist()


REMOVED = [uc.BIDI.index(name) for name in ("LRE", "RLE", "LRO", "RLO", "PDF", "BN")]


def check(classes: npt.NDArray[np.uint8], levels: list[int], want: list[str], order: list[int]) -> bool:
    kept = [index for index, cls in enumerate(classes.tolist()) if cls not in REMOVED]
    same = all(want[index] == str(levels[index]) for index in kept)
    return same and [kept[at] for at in bidi.visual_order([levels[index] for index in kept])] == order


def test_bidi_characters_conform() -> None:
    for line in lines_of("BidiCharacterTest.sample"):
        fields = line.split(";")
        chars = np.array([int(part, 16) for part in fields[0].split()], np.uint32)
        classes = uc.bidi_class(uc.lookup(chars))
        base, levels = resolved(chars, classes, {"0": 0, "1": 1, "2": None}[fields[1]])
        assert base == int(fields[2]), line
        assert check(classes, levels, fields[3].split(), [int(part) for part in fields[4].split()]), line


def test_bidi_classes_conform() -> None:
    for line in lines_of("BidiTest.sample"):
        names, bits, want, order = line.split(";")
        classes = np.array([uc.BIDI.index(name) for name in names.split()], np.uint8)
        chars = np.full(len(classes), ord("a"), np.uint32)
        for bit, base in ((1, None), (2, 0), (4, 1)):
            if int(bits, 16) & bit:
                _, levels = resolved(chars, classes, base)
                assert check(classes, levels, want.split(), [int(part) for part in order.split()]), (line, base)


def test_isolates_take_the_direction_of_their_first_strong_character() -> None:
    """X5c: each is as an isolate of the direction that P2 and P3 find in it."""
    rng = np.random.default_rng(5)
    kinds = [bidi.FSI, bidi.LRI, bidi.PDI, bidi.L, bidi.R, bidi.AL, bidi.EN, bidi.WS, bidi.RLE, bidi.PDF]
    for _ in range(200):
        classes = rng.choice(kinds, 40).astype(np.uint8)
        plain = classes.copy()
        for at in np.flatnonzero(classes == bidi.FSI).tolist():
            depth, end = 1, at + 1
            while end < len(classes) and depth:
                depth += {bidi.PDI: -1, bidi.FSI: 1, bidi.LRI: 1}.get(int(classes[end]), 0)
                end += 1
            inside = classes[at + 1 : end - (depth == 0)]
            plain[at] = bidi.RLI if bidi.base_level(inside) else bidi.LRI
        chars = np.full(len(classes), ord("a"), np.uint32)
        assert bidi.levels(chars, classes, 0).tolist() == bidi.levels(chars, plain, 0).tolist()


def test_nothing_has_no_breaks() -> None:
    empty = uc.lookup(uc.code_points(""))
    assert segment.line_breaks(empty).tolist() == [0]
    assert len(segment.grapheme_starts(empty)) == len(segment.word_starts(empty)) == 0


def units(text: str) -> list[str]:
    chars = uc.code_points(text)
    word = segment.word_units(uc.lookup(chars), np.isin(chars, (0x20, 0x0A)))
    return [
        "".join(c for c, w in zip(text, word.tolist(), strict=True) if w == at) for at in range(int(word.max()) + 1)
    ]


def test_words_keep_their_punctuation() -> None:
    assert units("Hello, well-known  world's “end”.") == ["Hello,", "well-known", "world's", "“end”."]
    assert units("3,14 e-mail\n(ok)") == ["3,14", "e-mail", "(ok)"]


def test_ideographs_are_words() -> None:
    assert units("中文字。") == ["中", "文", "字。"]


def scripts(text: str) -> list[str]:
    chars = uc.code_points(text)
    names = uc.tables().scripts
    return [names[at] for at in segment.script_runs(chars, uc.lookup(chars)).tolist()]


def test_common_characters_join_a_script() -> None:
    assert scripts("(a ж)") == ["Latn", "Latn", "Latn", "Cyrl", "Latn"]  # a bracket closes what it opened
    assert scripts("1, 2") == ["Zyyy"] * 4
    assert scripts("שa\u0301") == ["Hebr", "Latn", "Latn"]
