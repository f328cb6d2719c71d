"""Every option of every verb refuses a bad value in one line, before anything is written; the engine is the real one."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from wavyte_gpu.cli import main

DOCUMENT = {
    "version": "0.3",
    "canvas": {"width": 16, "height": 16},
    "duration": 3,
    "variables": {"n": 3},
    "assets": {"red": {"solid_rect": {"color": "#f00"}}},
    "root": {"id": "root", "kind": {"leaf": {"asset": "red"}}},
}
VERBS = {
    "render": "comp.json -o new.mp4 --backend reference",
    "batch": "comp.json --rows rows.csv -o new{n}.mp4 --backend reference",
    "frame": "comp.json 1 -o new.png --backend reference",
    "hash": "comp.json --backend reference",
    "plan": "comp.json 1",
    "validate": "comp.json",
    "verify": "comp.json",
    "bench": "comp.json",
    "golden": "check .",
    "inspect": "comp.json",
    "join": "comp.json -o new.mp4",
    "doctor": "",
    "schema": "",
}
BAD = {
    "--assets": ("nowhere",),
    "--set": ("n", "n=x", "missing=1"),
    "--vars": ("nowhere.json", "rows.csv"),
    "--size": ("big", "0x3", "-3x3", "99999x9"),
    "--scale": ("0", "nan", "1e9", "x"),
    "--seed": ("-1", "x", "99999999999999999999999"),
    "--frames": ("9:10", "2:1", "a:b", "0:4"),
    "--backend": ("cpu",),
    "--adapter": (),  # one that is not there is exit 3
    "--max-pool-bytes": ("0", "-5", "1.5", "x"),
    "--workers": ("0", "-1", "1.5"),
    "--chunk-size": ("0", "-1", "x"),
    "--codec": ("nope", "prores"),
    "--crf": ("-5", "x", "9999"),
    "--preset": ("nope",),
    "--pix-fmt": ("nope",),
    "--profile": ("nope",),
    "--loudness": ("5", "-99", "nan", "x"),
    "--progress": ("loud",),
    "--warmup": ("-1", "x"),
    "--rows": ("nowhere.csv",),
    "--report": (),
    "--junit": (),
    "--out": (),
}
CASES = [
    (verb, flag, value)
    for verb, parser in main._verbs(main.build_parser()).items()
    for action in parser._actions
    if action.option_strings and not isinstance(action, argparse._HelpAction) and action.nargs != 0
    for flag in [action.option_strings[-1]]
    for value in ("", *BAD[flag])
]


@pytest.mark.parametrize(("verb", "flag", "value"), CASES)
def test_a_bad_value_is_one_line_and_exit_2(
    verb: str,
    flag: str,
    value: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "comp.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "rows.csv").write_text("n\n1\n")
    before = sorted(tmp_path.rglob("*"))
    code = main.entry([verb, *VERBS[verb].split(), f"{flag}={value}"])
    out, err = capfd.readouterr()
    assert code == 2, (code, err)
    assert err.startswith("error: ") and err.count("\n") == 1 and out == ""
    assert sorted(tmp_path.rglob("*")) == before
