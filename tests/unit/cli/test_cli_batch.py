"""`wavyte batch`: a table of rows becomes files; what is wrong with it is told before the first frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents import leaf, scene
from wavyte_gpu.cli.main import entry

COLOUR = {"solid": {"solid_rect": {"color": "=vars.tint"}}, "name": {"text": {"text": "{{name}}", "size_px": 12}}}
SOURCE = scene(
    leaf("solid", "s", enabled="=vars.on"),
    leaf("name", "n"),
    {"id": "r", "kind": {"repeat": {"items": "=vars.tags", "child": leaf("solid", "c", size="=vec2(vars.size, 4)")}}},
    assets=COLOUR,
    size=(16, 8),
    duration=2,
    variables={
        "name": "x",
        "tint": "#ff0000",
        "on": True,
        "size": {"type": "number", "default": 3, "max": 9},
        "tags": {"type": "list", "default": []},
        "kind": {"type": "choice", "choices": ["a", "b"], "default": "a"},
    },
)


def run(folder: Path, table: str, out: str = "{row}.png", name: str = "rows.csv", *more: str) -> int:
    (folder / "c.json").write_text(json.dumps(SOURCE))
    (folder / name).write_text(table)
    return entry(
        [
            *("batch", str(folder / "c.json"), "--rows", str(folder / name), "-o", str(folder / "out" / out)),
            *("--backend", "reference", "--progress", "none", *more),
        ]
    )


def frame(folder: Path, name: str, *sets: str) -> bytes:
    target = folder / name
    options = [part for value in sets for part in ("--set", value)]
    assert entry(["frame", str(folder / "c.json"), "0", "-o", str(target), "--backend", "reference", *options]) == 0
    from PIL import Image

    return Image.open(target).tobytes()


def test_each_row_is_the_render_with_its_values(tmp_path: Path) -> None:
    from PIL import Image

    table = 'id,name,tint,on,size,tags\none,Ann,#00ff00,false,,"[1, 2]"\ntwo,,,,5,\n'
    assert run(tmp_path, table, "{id}-{row}/%05d.png") == 0
    got = {path.name: Image.open(path / "00000.png").tobytes() for path in (tmp_path / "out").iterdir()}
    assert got == {
        "one-1": frame(tmp_path, "a.png", "name=Ann", "tint=#00ff00", "on=false", "tags=[1, 2]"),
        "two-2": frame(tmp_path, "b.png", "size=5"),
    }


def test_rows_as_json(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"id": 1, "size": 2, "tags": [{}]}, {"id": 2, "on": False}]
    assert run(tmp_path, json.dumps(rows), "{id}/%05d.png", "rows.json") == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["1", "2"]


@pytest.mark.parametrize(
    ("table", "out", "words"),
    [
        ("", "{row}/", "no rows"),
        ("name\n", "{row}/", "no rows"),
        ("name,name\na,b\n", "{row}/", "occurs twice"),
        ("name,size\na\n", "{row}/", "line 2: 1 cells, the first line has 2"),
        ("nam\nx\n", "{row}/", "'nam' is no variable"),
        ("name\nx\n", "{id}/", "has no 'id'"),
        ("name\nx\nx\n", "{name}/", "rows 1 and 2 are both written"),
        ("name\n../x\n", "{name}/", "can't be a part of a file's name"),
        ("size\n7\n12\n", "{row}/", "row 2: the number is out of range"),
        ("size\nmany\n", "{row}/", "'many' is not a number"),
        ("kind\nc\n", "{row}/", "c"),
        ("[1]", "{row}/", "not a JSON list of objects"),
        ("[{]", "{row}/", "Expecting"),
        ('name\n"x\n', "{row}/", "line"),
    ],
)
def test_bad_tables_are_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, out: str, words: str
) -> None:
    assert run(tmp_path, table, out) == 2
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_a_row_whose_template_fails_says_which(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.json").write_text("{}")
    assert run(tmp_path, 'size,tags\n1,[]\n2,"[1]"\n', "{row}/%05d.png") == 0
    assert entry(["batch", str(tmp_path / "c.json"), "--rows", str(tmp_path / "none.csv"), "-o", "x{row}.mp4"]) == 2
    assert "No such file" in capsys.readouterr().err
