"""The order of layers: a package imports from itself and from lower lines only. This is the only place that writes it as code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import wavyte_gpu

ROOT = Path(wavyte_gpu.__file__).parent

# Bottom first. Packages on one line do not know each other.
LAYERS = (
    ("foundation",),
    ("animation", "ops"),
    ("raster", "expr"),
    ("text", "effects", "transitions"),
    ("svg",),
    ("assets",),
    ("schema",),
    ("normalize", "registry"),
    ("layout",),
    ("eval",),
    ("compile", "audio"),
    ("render", "encode"),
    ("session",),
    ("cli",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(p for p in ROOT.rglob("*.py") if "shaders" not in p.parts)


def package_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the packages of ours that a module imports anywhere, in functions and for type checkers too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "wavyte_gpu" else [module]
        for name in names:
            parts = name.split(".")
            if parts[0] == "wavyte_gpu" and len(parts) > 1:
                found.add(parts[1])
    return found


def test_every_package_has_a_layer() -> None:
    packages = {package_of(p) for p in MODULES} - {"__init__", "__main__"}
    assert packages <= set(LEVEL)


@pytest.mark.parametrize("path", [p for p in MODULES if package_of(p) not in ("__init__", "__main__", "cli")], ids=str)
def test_imports_look_down(path: Path) -> None:
    mine = package_of(path)
    for other in imported(path) - {mine}:
        assert LEVEL[other] < LEVEL[mine], f"{path.relative_to(ROOT)} ({mine}) imports {other}"


def test_only_the_gpu_package_imports_wgpu() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        if "wgpu" in names:
            assert "gpu" in path.parts and "render" in path.parts, path
