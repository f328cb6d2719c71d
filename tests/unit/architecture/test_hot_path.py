"""Below `normalize` there are no string-keyed maps, no JSON and no pydantic (gate 2 of the spec's section 19.9)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import wavyte_gpu

ROOT = Path(wavyte_gpu.__file__).parent
HOT = ("eval", "compile", "render")
# Text forms of a plan do not run in a frame. Counters by name are for people, and wgpu takes its descriptors as dicts.
DIAGNOSTICS = {"compile/dump.py"}
FILES = sorted(
    p for name in HOT for p in (ROOT / name).rglob("*.py") if p.relative_to(ROOT).as_posix() not in DIAGNOSTICS
)
FORBIDDEN_MODULES = {"json", "pydantic"}
DESCRIPTORS = {"counters"}


def annotations(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield every annotation with the name that it annotates."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            yield node.annotation, ast.unparse(node.target).split(".")[-1]
        elif isinstance(node, ast.FunctionDef):
            for arg in (*node.args.args, *node.args.kwonlyargs):
                if arg.annotation is not None:
                    yield arg.annotation, arg.arg
            if node.returns is not None:
                yield node.returns, node.name


def string_maps(tree: ast.AST) -> Iterator[str]:
    for annotation, name in annotations(tree):
        for part in ast.walk(annotation):
            if isinstance(part, ast.Subscript) and ast.unparse(part.value).split(".")[-1] in ("dict", "Mapping", "defaultdict"):
                key = part.slice.elts[0] if isinstance(part.slice, ast.Tuple) else part.slice
                if ast.unparse(key) == "str" and name not in DESCRIPTORS:
                    yield name


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_string_maps_and_no_json(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imports |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not imports & FORBIDDEN_MODULES
    if path.parent.name == "gpu":
        return
    assert list(string_maps(tree)) == []


def test_the_scan_catches_a_string_map() -> None:
    assert list(string_maps(ast.parse("lookup: dict[str, int] = {}"))) == ["lookup"]
    assert list(string_maps(ast.parse("def f(a: Mapping[str, int]) -> None: ..."))) == ["a"]
    assert list(string_maps(ast.parse("lookup: dict[int, str] = {}"))) == []


def test_the_scan_sees_the_hot_path() -> None:
    names = {p.relative_to(ROOT).as_posix() for p in FILES}
    assert {"eval/evaluator.py", "compile/compiler.py", "render/reference.py", "render/gpu/backend.py"} <= names
