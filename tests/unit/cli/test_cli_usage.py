"""What the command line refuses, and how it says so."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest
from fake_engine import Session

from wavyte_gpu.cli import main
from wavyte_gpu.foundation.errors import (
    AssetError,
    Cancelled,
    DeviceError,
    EncodeError,
    ExpressionError,
    LimitError,
    SchemaError,
    UnsupportedError,
)


def test_no_verb_prints_help(run):
    result = run()
    assert result.code == 2
    assert "render" in result.err


def test_help_and_version_succeed(run):
    assert run("--help").code == 0
    assert run("render", "--help").code == 0
    assert run("--version").out.startswith("wavyte ")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("rendr", "x"), "did you mean 'render'?"),
        (("previw",), "did you mean 'preview'?"),
        (("render", "x", "-o", "y.mp4", "--frmes", "1"), "did you mean '--frames'?"),
        (("render", "x", "-o", "y.mp4", "--backend", "refrence"), "did you mean 'reference'?"),
        (("render", "x", "-o", "y.mp4", "--siz=3x3"), "did you mean '--size'?"),
        (("frame", "x", "1", "-o", "y.png", "extra"), "no argument 'extra'"),
        (("render", "x"), "-o/--out"),
        (("frame", "x", "1", "-o", "y.png", "--size", "12"), "such as 1280x720"),
        (("frame", "x", "1", "-o", "y.png", "--size", "0x12"), "such as 1280x720"),
        (("render", "x", "-o", "y.mp4", "--scale", "-1"), "positive"),
        (("render", "x", "-o", "y.mp4", "--scale", "nan"), "positive"),
        (("render", "x", "-o", "y.mp4", "--set", "name"), "NAME=VALUE"),
        (("render", "x", "-o", "y.mp4", "--workers", "0"), "positive"),
        (("render", "x", "-o", "y.mp4", "--seed", "-3"), "--seed"),
        (("render", "x", "-o", "y.mp4", "-q", "--progress", "bar"), "contradict"),
        (("golden", "bless", "x"), "invalid choice"),
    ],
)
def test_usage_error_is_one_line_with_a_hint(run, arguments, hint):
    result = run(*arguments)
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert result.err.startswith("error: ")
    assert hint in result.err
    assert result.out == ""


def test_every_option_has_help_and_is_in_the_readme():
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    known = set(re.findall(r"--?[a-z][a-z-]*", readme))
    for verb, parser in main._verbs(main.build_parser()).items():
        for action in parser._actions:
            assert action.help or not action.option_strings, (verb, action.option_strings)
            assert known & set(action.option_strings) or not action.option_strings, (verb, action.option_strings)


@pytest.mark.parametrize("verb", main.PLANNED)
def test_planned_verb_says_so(run, verb):
    result = run(verb, "anything", "--at-all")
    assert result.code == 3
    assert result.err == f"error: wavyte {verb} is planned, it is not in this version\n"


@pytest.mark.parametrize("name", ["missing.json", "missing_folder/", "."])
def test_missing_document(run, tmp_path, name):
    result = run("hash", str(tmp_path / name))
    assert result.code == 2
    assert result.err.count("\n") == 1


def test_missing_document_names_the_nearest(run, tmp_path, comp):
    comp("hello.json")
    assert "did you mean 'hello.json'?" in run("hash", str(tmp_path / "helo.json")).err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SchemaError, 2),
        (UnsupportedError, 2),
        (LimitError, 2),
        (ExpressionError, 2),
        (AssetError, 1),
        (EncodeError, 1),
        (DeviceError, 3),
        (Cancelled, 130),
        (OSError, 1),
        (RuntimeError, 1),
        (KeyboardInterrupt, 130),
    ],
)
def test_exit_code_of_each_error(run, comp, error, code):
    name = comp()

    def fail(number: int) -> None:
        raise error("it broke")

    Session.hook = fail
    result = run("hash", name)
    assert result.code == code
    assert "Traceback" not in result.err
    assert result.err.count("\n") == 1
    assert Session.log[-1][0] == "close"


def test_debug_shows_the_traceback(run, comp, monkeypatch):
    monkeypatch.setenv("WAVYTE_DEBUG", "1")

    def fail(number: int) -> None:
        raise RuntimeError("it broke")

    name = comp()
    Session.hook = fail
    assert "Traceback" in run("hash", name).err


def test_every_problem_has_a_line(run, comp):
    result = run("hash", comp(broken=True))
    assert result.code == 2
    assert result.err.splitlines() == ["error: first line", "error: root: second"]


def test_errors_are_events_too(run, comp):
    result = run("hash", comp(broken=True), "--json")
    events = result.lines()
    assert [event["event"] for event in events] == ["error", "error"]
    assert events[1]["exit"] == 2
    assert events[1]["schema"] == 1
    assert events[1]["problem"]["path"] == "/root"


class _Spy(argparse.Namespace):
    """Remembers which options a verb looked at."""

    def __getattribute__(self, name: str) -> object:
        if not name.startswith("_"):
            object.__getattribute__(self, "__dict__").setdefault("_seen", set()).add(name)
        return object.__getattribute__(self, name)


@pytest.mark.parametrize(
    "line",
    [
        "render COMP -o {out}.mp4",
        "render COMP -o {out}/%05d.png",
        "frame COMP 1 -o {out}.png",
        "hash COMP",
        "validate COMP",
        "validate COMP --schema-only",
        "plan COMP 1",
        "bench COMP",
        "verify COMP",
        "doctor",
        "golden check {dir}",
    ],
)
def test_every_option_of_a_verb_is_read(run, comp, tmp_path, monkeypatch, line):
    """An option that nothing reads would be ignored in silence."""
    monkeypatch.setattr("wavyte_gpu.validate_schema", lambda *_: [], raising=False)
    parse = main._parse
    spies: list[_Spy] = []

    def spying(arguments: list[str]) -> argparse.Namespace:
        spies.append(_Spy(**vars(parse(arguments))))
        return spies[-1]

    monkeypatch.setattr(main, "_parse", spying)
    name = comp(canvas={"width": 64, "height": 64})  # the encoder refuses tiny pictures
    arguments = [part.replace("COMP", name).format(out=tmp_path / "out", dir=tmp_path) for part in line.split()]
    result = run(*arguments)
    assert result.code == (1 if "golden" in line else 0), result.err
    known = {option for option in vars(spies[0]) if not option.startswith("_")} - {"verb"}
    assert known <= vars(spies[0])["_seen"]
