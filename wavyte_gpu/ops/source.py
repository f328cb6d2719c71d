"""Find the WGSL files and join them into kernels.

A shader is plain WGSL with a few directives on lines of their own:

    //#include shared/pixel     put that file here, once
    //#source                   put the draw kind's file here
    //#use image                the draw kind reads the `image` binding (sets IMAGE)
    //#if NAME / //#else / //#end    keep the lines when NAME is neither 0 nor empty
    //#for V NAME / //#end      repeat the lines with $V = 0, 1 .. NAME - 1
    $NAME                       the value

Loops are unrolled here and not in WGSL, because a software driver keeps an array that a loop indexes in memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

__all__ = ["join", "read", "shader_names", "uses_image"]

_VALUE = re.compile(r"\$([A-Z]+)")


@cache
def root() -> Path:
    """Return the folder of the shaders: beside the package in a checkout, inside it in an installed wheel."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "shaders"
    return installed if installed.is_dir() else package.parent / "shaders"


@cache
def read(name: str) -> str:
    """Return the text of one shader, named by its path without the ending, as `draw/solid`."""
    return (root() / f"{name}.wgsl").read_text(encoding="utf-8")


def shader_names() -> list[str]:
    """Return the names of all shaders, sorted."""
    return sorted(p.relative_to(root()).with_suffix("").as_posix() for p in root().rglob("*.wgsl"))


@cache
def uses_image(name: str) -> bool:
    """Tell whether a draw kind reads the `image` binding."""
    return "//#use image" in read(name)


def join(name: str, values: Mapping[str, int | str] | None = None, source: str | None = None, code: str = "") -> str:
    """Return the WGSL of a kernel.

    Args:
        name: the shader that holds the entry point.
        values: what the directives and `$NAME` refer to.
        source: the draw kind to put at `//#source`.
        code: the text of the shader, instead of the file `name`.

    Raises:
        KeyError: a directive names a value that is not given.
    """
    known = dict(values or {})
    if source is not None:
        known["IMAGE"] = int(uses_image(source))
    seen: set[str] = set()
    return "\n".join(_expand((code or read(name)).splitlines(), known, source, seen)) + "\n"


def _expand(lines: list[str], values: dict[str, int | str], source: str | None, seen: set[str]) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        words = line.strip().split()
        at += 1
        if not words or not words[0].startswith("//#"):
            out.append(_VALUE.sub(lambda m: str(values[m.group(1)]), line))
            continue
        match words[0]:
            case "//#use":
                continue
            case "//#include" | "//#source":
                part = words[1] if words[0] == "//#include" else source
                assert part is not None
                if part not in seen:
                    seen.add(part)
                    out += _expand(read(part).splitlines(), values, source, seen)
            case "//#if":
                kept, dropped, at = _block(lines, at)
                out += _expand(kept if values[words[1]] else dropped, values, source, seen)
            case "//#for":
                body, _, at = _block(lines, at)
                for i in range(int(values[words[2]])):
                    out += _expand(body, {**values, words[1]: i}, source, seen)
            case other:
                raise ValueError(f"unknown directive {other}")
    return out


def _block(lines: list[str], at: int) -> tuple[list[str], list[str], int]:
    """Return the lines up to the matching `//#else` and `//#end`, and where the text goes on."""
    parts: tuple[list[str], list[str]] = ([], [])
    depth = 0
    which = 0
    while True:
        word = (lines[at].strip().split() or [""])[0]
        if depth == 0 and word == "//#end":
            return parts[0], parts[1], at + 1
        if depth == 0 and word == "//#else":
            which = 1
        else:
            parts[which].append(lines[at])
        depth += (word in ("//#if", "//#for")) - (word == "//#end")
        at += 1
