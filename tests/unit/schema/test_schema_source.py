"""Text to JSON: the place of every problem, strictness, files and stdin."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import schema_examples as examples

from wavyte_gpu import validate_schema
from wavyte_gpu.schema import load_document, load_source


def test_problems_carry_line_and_column() -> None:
    text = json.dumps(examples.document([examples.leaf("a", blend="x"), {**examples.leaf("b"), "wat": 1}]), indent=1)
    lines = text.splitlines()
    for problem in validate_schema(text):
        assert problem.line is not None and problem.column is not None
        at = lines[problem.line - 1][problem.column - 1 :]
        assert at.startswith({"value": '"x"', "unknown_field": "1"}[problem.code])


def test_a_missing_field_is_located_at_its_object() -> None:
    (problem,) = validate_schema(
        '{"version": "0.3",\n "canvas": {"width": 1},\n "duration": 1, "assets": {"n": "null"}, "root":\n'
        + NULL_ROOT
        + "}"
    )
    assert (problem.code, problem.path, problem.line, problem.column) == ("missing", "/canvas", 2, 12)


NULL_ROOT = '{"id": "r", "kind": {"leaf": {"asset": "n"}}}'


def with_head(head: str) -> str:
    return '{"version": "0.3", ' + head + ', "assets": {"n": "null"}, "duration": 1, "root": ' + NULL_ROOT + "}"


def test_duplicate_keys_are_errors_with_their_place() -> None:
    text = with_head('"canvas": {"width": 1, "height": 1,\n "a/b~": [{"x": 1, "x": 2}], "width": 2}')
    found = [(p.code, p.path, p.line, p.column) for p in validate_schema(text) if p.code == "duplicate_key"]
    assert found == [("duplicate_key", "/canvas/a~1b~0/0/x", 2, 20), ("duplicate_key", "/canvas/width", 2, 30)]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_are_finite(number: str) -> None:
    problems = validate_schema(with_head(f'"canvas": {{"width": 1, "height": {number}}}'))
    assert problems and problems[0].path == "/canvas/height" and problems[0].line == 1


def test_a_number_of_a_million_digits() -> None:
    (problem,) = validate_schema('{"x": ' + "1" * 1_000_000 + "}")
    assert problem.code == "json"


@pytest.mark.parametrize("text", ["{", '{"a" 1}', "{]", '{"a": 1} x', '{"a": tru}', '{"a": "\n"}', "{'a': 1}"])
def test_malformed_json_has_a_place(text: str) -> None:
    (problem,) = validate_schema(text)
    assert problem.code == "json" and problem.line is not None and problem.column is not None


def test_files_stdin_and_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(examples.HELLO).encode())
    document, file, _problems = load_document(path)
    assert document is not None and file == str(path)
    again, file, _problems = load_document("-", io.BytesIO(path.read_bytes()))
    assert again == document and file == "<stdin>"
    third, file, _problems = load_document(json.dumps(examples.HELLO))
    assert third == document and file is None
    data, file, problems = load_source(str(path))
    assert data == examples.HELLO and file == str(path) and not problems
    path.write_text("{\n}x")
    (problem,) = validate_schema(str(path))
    assert (problem.file, problem.line, problem.column) == (str(path), 2, 2)


def test_files_that_can_not_be_read(tmp_path: Path) -> None:
    for bad in (tmp_path / "none.json", tmp_path, "a\0b"):
        (problem,) = validate_schema(bad)
        assert problem.code == "file"
    path = tmp_path / "latin.json"
    path.write_bytes(b'{\n "name": "\xe9"}')
    (problem,) = validate_schema(path)
    assert (problem.code, problem.line, problem.column) == ("encoding", 2, 11)


def test_the_schema_is_pure() -> None:
    code = (
        "import sys, json\nfrom wavyte_gpu import validate_schema\nfrom wavyte_gpu.schema import document_schema\n"
        "validate_schema({}); document_schema()\n"
        "print([m for m in ('wgpu', 'av', 'PIL', 'imageio') if m in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"
