"""Hostile and broken files: one error that says what is wrong, or a bounded picture; no other file is ever read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from svg_support import HEAD, document, notes, prepared

import wavyte_gpu as wv
from wavyte_gpu.assets import resvg
from wavyte_gpu.cli.main import entry
from wavyte_gpu.foundation.errors import AssetError, LimitError

SECRET = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="red"/></svg>'


def bomb() -> str:
    levels = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    return f'<!DOCTYPE svg [<!ENTITY a0 "aaaaaaaaaa">{levels}]>{HEAD}<text>&a9;</text></svg>'


@pytest.mark.parametrize(
    ("svg", "error", "says"),
    [
        (bomb(), AssetError, "entity amplification|entity reference loop"),
        (f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{HEAD}<text>&x;</text></svg>', AssetError, "not defined"),
        (b"hello", AssetError, "not well-formed XML"),
        (b"", AssetError, "not well-formed XML"),
        (b"\x00\xff\xfe", AssetError, "not well-formed XML"),
        (b"<html/>", AssetError, "root element is 'html'"),
        ('<svg width="5" height="5"/>', AssetError, "xmlns"),
        (HEAD + "<rect", AssetError, "not well-formed XML"),
        (gzip.compress((HEAD + "</svg>").encode(), mtime=0)[:-12], AssetError, "ends too early"),
        (b"\x1f\x8b" + bytes(30), AssetError, "gzip"),
        (gzip.compress(b" " * (80 << 20), mtime=0), LimitError, "bytes; allowed"),
        (HEAD + "<g>" * 200 + "</g>" * 200 + "</svg>", LimitError, "deeper than 128"),
        (HEAD + "<g>" * 5000 + "</g>" * 5000 + "</svg>", AssetError, "depth"),
        (HEAD + "<g/>" * 300_000 + "</svg>", LimitError, "300001 elements; allowed: 200000"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e8 1e8"/>', LimitError, "at most 1e"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e30 1"/>', AssetError, "beyond 1e"),
        ('<svg xmlns="http://www.w3.org/2000/svg" width="nan" height="1"/>', AssetError, "no length"),
        ('<svg xmlns="http://www.w3.org/2000/svg" width="0" height="1"/>', LimitError, "above 0"),
        (HEAD + '<path d="M0 0L64 64" stroke="red" stroke-dasharray=".00001"/></svg>', LimitError, "dashes"),
    ],
)  # fmt: skip
def test_is_one_error(svg: str | bytes, error: type[wv.WavyteError], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        prepared(svg)
    (problem,) = caught.value.problems
    assert problem.path == "/assets/icon" and "test.svg" in problem.message and len(problem.message) < 300


def test_references_that_multiply_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavyte_gpu.svg.reader.MAX_DRAWN", 500)
    levels = "".join('<g id="a%d">%s</g>' % (i, f'<use href="#a{i - 1}"/>' * 10) for i in range(1, 9))  # noqa: UP031
    with pytest.raises(LimitError, match="draws more than 500 elements"):
        prepared(f'<defs><rect id="a0" width="1" height="1"/>{levels}</defs><use href="#a8"/>')


def test_clip_paths_that_multiply_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavyte_gpu.svg.reader.MAX_DRAWN", 500)
    one = '<rect width="64" height="64" clip-path="url(#c%d)"/>'
    levels = "".join(f'<clipPath id="c{i}">{one % (i + 1) * 10}</clipPath>' for i in range(9))
    with pytest.raises(LimitError, match="draws more than 500 elements"):
        prepared(levels + one % 0)


@pytest.mark.parametrize(("kind", "name"), [("clipPath", "clip-path"), ("mask", "mask")])
def test_long_chains_of_references_are_one_error(kind: str, name: str) -> None:
    rect = '<rect width="64" height="64" fill="#fff"/>'
    chain = "".join(f'<{kind} id="c{i}" {name}="url(#c{i + 1})">{rect}</{kind}>' for i in range(2000))
    with pytest.raises(LimitError, match="nest deeper than 128"):
        prepared(f'{chain}<rect width="64" height="64" {name}="url(#c0)"/>')


def test_many_elements_for_resvg_are_drawn_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would be a process of its own."""
    blur = '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter><defs><rect id="a" width="30" height="20" filter="url(#f)"/></defs>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50" opacity="0.5">{blur}<g fill="red">%s</g></svg>'
    few, many = (svg % ('<use href="#a" x="9" y="8"/>' * n) for n in (1, 40))
    assert len(prepared(few).parts) == 1 and "more than" not in notes(prepared(few))
    calls = []
    monkeypatch.setattr("wavyte_gpu.assets.svg.render_svg", lambda text: calls.append(text) or resvg.render_svg(text))
    shape = prepared(many)
    assert len(calls) == len(shape.parts) == 1 and shape.size == (100.0, 50.0)
    assert notes(shape).endswith("'svg' with more than 32 elements that need it is drawn as pixels at the scale in use")
    one, forty = (prepared(text).parts[0].outline.bounds() for text in (few, many))
    assert np.allclose(one, forty, atol=4.0)  # what is drawn lies where it would


@pytest.mark.parametrize(
    ("svg", "parts"),
    [
        ('<g id="a"><rect width="5" height="5"/><use href="#a" x="10"/></g>', 1),
        ('<defs><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/><rect width="4" height="4"/></g></defs><use href="#a"/>', 1),
        ('<linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/><rect width="9" height="9" fill="url(#a)"/>', 0),
        ('<mask id="a" mask="url(#a)"><rect width="9" height="9"/></mask><rect width="9" height="9" mask="url(#a)"/>', 0),
        ('<mask id="a"><rect width="9" height="9" mask="url(#a)"/></mask><rect width="9" height="9" mask="url(#a)"/>', 0),
        ('<clipPath id="a" clip-path="url(#a)"><rect width="9" height="9"/></clipPath><rect width="9" height="9" clip-path="url(#a)"/>', 0),
        ('<pattern id="a" width="4" height="4"><rect width="4" height="4" fill="url(#a)"/></pattern>'
         '<rect width="9" height="9" fill="url(#a)"/>', 0),
    ],
)  # fmt: skip
def test_recursion_ends(svg: str, parts: int) -> None:
    assert len(prepared(svg).parts) == parts


@pytest.mark.parametrize(
    ("svg", "note"),
    [
        ('<rect x="NaN" width="9" height="9"/>', "no length"),
        ('<circle r="1e30"/>', "beyond 1e"),
        ('<rect width="9" height="9" transform="scale(nan)"/>', "no list of numbers"),
        ('<rect width="9" height="9" transform="turn(4)"/>', "no transform"),
        ('<path d="M0 0L1e30 5"/>', "column 6"),
        ('<rect width="9" height="9" fill="nocolour"/>', "no colour"),
        ('<foreignObject/><flowRoot/>', "'flowRoot' is not drawn"),
    ],
)  # fmt: skip
def test_broken_elements_are_named_and_the_others_drawn(svg: str, note: str) -> None:
    shape = prepared(svg + '<rect width="5" height="5" fill="red"/>')
    assert note in notes(shape) and "line 1" in notes(shape)
    assert shape.parts[-1].paint == 0xFF0000FF


def test_broken_path_data_is_drawn_up_to_the_error() -> None:
    shape = prepared('<path d="M0 0H10V10H5 L bad"/>')
    assert shape.bounds(0) == (0.0, 0.0, 10.0, 10.0)


@pytest.mark.parametrize("target", ["secret.svg", "../secret.svg", "file:///etc/passwd", "http://example.com/x.png"])
@pytest.mark.parametrize(
    "element",
    [
        '<image href="{}" width="64" height="64"/>',
        '<image xlink:href="{}" width="64" height="64"/>',
        '<use href="{}#a"/>',
        '<rect width="64" height="64" fill="url({}#a)"/>',
        '<rect width="64" height="64" fill="none" style="filter:url({}#a)"/>',
        '<filter id="f"><feImage href="{}"/></filter><rect width="64" height="64" filter="url(#f)"/>',
        '<pattern id="p" width="64" height="64"><image href="{}" width="64" height="64"/></pattern>'
        '<rect width="64" height="64" fill="url(#p)"/>',
    ],
)
def test_no_other_file_is_read(element: str, target: str, tmp_path: Path) -> None:
    """Red is what the other file would show."""
    (tmp_path / "secret.svg").write_text(SECRET)
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "secret.svg").write_text(SECRET)
    (inner / "a.svg").write_text(HEAD + element.format(target) + "</svg>")
    comp = wv.Composition.from_json(document("a.svg", 16, 16))
    comp.base_dir = inner
    problems = comp.check()
    assert any("reads no other file" in p.message for p in problems)
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        pixels = session.render_frame(0).rgba
    assert not (pixels[..., 0] > pixels[..., 1]).any()


def test_a_picture_inside_a_data_uri_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.svg").write_text(SECRET)
    inner = HEAD.replace('"', "'").replace("<", "%3C").replace(">", "%3E")
    body = f"{inner}%3Cimage href='{tmp_path}/secret.svg' width='64' height='64'/%3E%3C/svg%3E"
    shape = prepared(f'<image href="data:image/svg+xml,{body}" width="64" height="64"/>')
    assert not shape.parts


def test_a_filter_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resvg, "TIMEOUT_S", 1.0)
    endless = '<filter id="g"><feTurbulence baseFrequency="0.9" numOctaves="10000000"/></filter>'
    shape = prepared(endless + '<rect width="64" height="64" filter="url(#g)"/>' * 20 + '<rect width="5" height="5"/>')
    assert len(shape.parts) == 1 and "takes longer than 1 s" in notes(shape)
    assert notes(shape).count("another element took resvg too long") == 19  # in no time


def test_gzip_and_other_encodings_are_read() -> None:
    text = HEAD + '<rect width="9" height="9"/></svg>'
    for data in (gzip.compress(text.encode()), ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")):
        assert prepared(data).bounds(0) == (0.0, 0.0, 9.0, 9.0)


def test_a_huge_view_box_in_a_small_picture_is_drawn() -> None:
    shape = prepared(
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 1e9 1e9"><rect width="5e8" height="1e9"/></svg>'
    )
    assert np.allclose(shape.bounds(0), (0, 0, 32, 64))


@pytest.mark.parametrize("svg", ["hello", "<html/>", HEAD + "<rect", HEAD + "<g>" * 200 + "</g>" * 200 + "</svg>"])
def test_a_fault_has_one_exit_code(svg: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.svg").write_text(svg)
    (tmp_path / "c.json").write_text(json.dumps(document("a.svg", 16, 16)))
    name = str(tmp_path / "c.json")
    codes = [
        entry(["validate", name]),
        entry(["frame", name, "0", "-o", str(tmp_path / "f.png"), "--backend", "reference"]),
        entry(["hash", name, "--backend", "reference"]),
    ]
    assert codes == [2, 2, 2]
    messages = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(messages) == 3 and len(set(messages)) == 1


def test_paths_that_cross_too_often_in_all_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uniting is bounded for the file, not for each path alone: one that crosses itself may be used thousands of times."""
    star = "M25 9L40 45L9 18H49L10 45Z"
    path = f'<defs><path id="a" d="{star}" stroke="red" stroke-linejoin="bevel"/></defs>'
    body = path + "".join(f'<use href="#a" x="{i / 8}"/>' for i in range(40))
    whole = prepared(body)
    monkeypatch.setattr("wavyte_gpu.svg.reader.MAX_WORK", 8 << 15)
    some = prepared(body)
    united = [len(part.outline.verbs) for part in whole.parts]
    left = [len(part.outline.verbs) for part in some.parts]
    assert set(united[::2]) == {12}
    assert left[:2] == united[:2]
    assert left[-2:] != united[-2:] and left[-2] == 6
    assert "too much work" not in notes(whole) and notes(some).count("too much work") == 1


def test_clip_paths_that_cross_too_often_become_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cutting is bounded for the file; what is left is weighed, which shows the same."""
    clip = '<clipPath id="c"><path d="M25 1L40 45L1 18H49L10 45Z"/></clipPath>'
    body = clip + '<path d="M30 0L60 60L0 50Z" clip-path="url(#c)"/>' * 20
    assert not prepared(body).groups
    monkeypatch.setattr("wavyte_gpu.svg.reader.MAX_WORK", 16 << 15)
    some = prepared(body)
    assert 0 < len(some.groups) < 20 and len(some.parts) == 20 + len(some.groups)
    monkeypatch.undo()
    tangle = "M0 0" + "".join(f"L{(i * 37) % 64} {(i * 23) % 64}" for i in range(500))
    one = prepared(clip.replace("M25 1L40 45L1 18H49L10 45Z", tangle) + '<path d="M30 0L60 60L0 50Z" clip-path="url(#c)"/>')
    assert len(one.groups) == 1
