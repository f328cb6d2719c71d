"""Frames, ranges and values as texts."""

from __future__ import annotations

from fractions import Fraction

import pytest
from fake_engine import DOCUMENT, Session

from wavyte_gpu.cli.options import UsageError, parse_frame, parse_range, parse_value, variable_type

FPS = Fraction(30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, range(0, 60)),
        ("10:20", range(10, 20)),
        ("10:", range(10, 60)),
        (":10", range(0, 10)),
        (":", range(0, 60)),
        ("7", range(7, 8)),
        ("59", range(59, 60)),
        ("0.5s:1s", range(15, 30)),
        ("1s:", range(30, 60)),
    ],
)
def test_ranges(text, expected):
    assert parse_range(text, 60, FPS) == expected


@pytest.mark.parametrize("text", ["60", "-1:5", "5:61", "10:10", "20:10", "a:b", "1.5", "60:", ":0", "1:2:3", ""])
def test_bad_ranges(text):
    with pytest.raises(UsageError):
        parse_range(text, 60, FPS)


def test_seconds_round_half_up():
    assert parse_frame("0.05s", FPS) == 2  # 1.5 frames
    assert parse_frame("1s", Fraction(30000, 1001)) == 30


@pytest.mark.parametrize(
    ("declaration", "kind"),
    [
        (3, "number"),
        (0.5, "number"),
        (True, "bool"),
        ([1, 2], "vec2"),
        ({"x": 1, "y": 2}, "vec2"),
        ("#f50", "color"),
        ("#ff5500cc", "color"),
        ("#nothex", "text"),
        ("red", "text"),
        ({"r": 1, "g": 0, "b": 0}, "color"),
        ({"type": "choice", "choices": ["a"]}, "choice"),
    ],
)
def test_variable_types(declaration, kind):
    assert variable_type(declaration) == kind


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("count", "4", 4),
        ("count", "-2.5", -2.5),
        ("count", "1e3", 1000.0),
        ("on", "false", False),
        ("on", "1", True),
        ("place", "3,4.5", [3.0, 4.5]),
        ("place", "[3, 4]", [3.0, 4.0]),
        ("brand", "#00ff00", "#00ff00"),
        ("brand", "[1, 0, 0]", [1, 0, 0]),
        ("title", "a=b", "a=b"),
        ("title", "12", "12"),
        ("title", "", ""),
        ("size", "large", "large"),
        ("rows", '[{"a": 1}]', [{"a": 1}]),
    ],
)
def test_set_parses_by_the_declared_type(run, comp, name, text, value):
    assert run("hash", comp(), "--set", f"{name}={text}").code == 0
    assert ("variables", {name: value}) in Session.log
    assert type(parse_value(name, text, DOCUMENT["variables"][name])) is type(value)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("count=three", "not a number"),
        ("count=nan", "not a number"),
        ("on=maybe", "true or false"),
        ("place=1", "two numbers"),
        ("place=1,2,3", "two numbers"),
        ("size=huge", "small, large"),
        ("rows={}", "JSON list"),
        ("titel=x", "did you mean 'title'?"),
    ],
)
def test_bad_values(run, comp, assignment, message):
    result = run("hash", comp(), "--set", assignment)
    assert result.code == 2
    assert message in result.err


def test_set_beats_vars_file(run, comp, tmp_path):
    path = tmp_path / "vars.json"
    path.write_text('{"count": 1, "title": "from file"}')
    assert run("hash", comp(), "--vars", str(path), "--set", "count=2").code == 0
    assert ("variables", {"count": 2, "title": "from file"}) in Session.log


@pytest.mark.parametrize("text", ["[1]", "{", '{"cuont": 1}'])
def test_bad_vars_file(run, comp, tmp_path, text):
    path = tmp_path / "vars.json"
    path.write_text(text)
    result = run("hash", comp(), "--vars", str(path))
    assert result.code == 2
    assert "--vars" in result.err


def test_missing_vars_file(run, comp):
    assert run("hash", comp(), "--vars", "nowhere.json").code == 2


def opened(arguments: list[str], run, comp):
    assert run("hash", comp(), *arguments).code == 0
    return next(entry for kind, entry in Session.log if kind == "open")


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["--backend", "gpu"], {"backend": "gpu"}),
        (["--adapter", "llvm"], {"adapter": "llvm"}),
        (["--require-hardware"], {"require_hardware": True}),
        (["--workers", "3"], {"workers": 3}),
        (["--chunk-size", "8"], {"chunk_size": 8}),
        (["--no-elision"], {"static_elision": False}),
        (["--no-reuse"], {"reuse": False}),
        (["--max-pool-bytes", "1000"], {"max_pool_bytes": 1000}),
    ],
)
def test_options_reach_the_session(run, comp, arguments, options):
    session = opened(arguments, run, comp)
    assert options.items() <= vars(session.options).items()


def test_overrides_reach_the_composition(run, comp):
    session = opened(["--size", "8x4", "--scale", "0.5", "--seed", "9"], run, comp)
    assert session.document["overrides"] == {"size": (8, 4), "scale": 0.5, "seed": 9}


def test_environment_chooses_the_backend(run, comp, monkeypatch):
    monkeypatch.setenv("WAVYTE_BACKEND", "reference")
    assert opened([], run, comp).options.backend == "reference"
    assert opened(["--backend", "gpu"], run, comp) is not None
    monkeypatch.setenv("WAVYTE_BACKEND", "cpu")
    assert run("hash", comp()).code == 2


@pytest.mark.parametrize("option", [["--adapter", "x"], ["--require-hardware"]])
def test_reference_backend_takes_no_adapter(run, comp, option):
    assert run("hash", comp(), "--backend", "reference", *option).code == 2


def test_strict_turns_warnings_into_errors(run, comp):
    name = comp(odd=True)
    loose, strict = run("hash", name), run("hash", name, "--strict")
    assert loose.code == 0
    assert loose.err == "warning: root: looks odd\n"
    assert strict.code == 2
    assert strict.err == "error: root: looks odd\n"
    assert run("hash", name, "-q").err == ""
