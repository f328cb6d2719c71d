"""Read a kernel's data layout from its WGSL, so that no struct is declared twice.

Sizes and alignments follow the WGSL specification, section 14.4.1; what a uniform buffer demands on top of that
(section 14.4.3: nested structs and array elements at multiples of 16 bytes) is checked, not added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from wavyte_gpu.ops.registry import EDGE_COUNTS, PARAM_BYTES, PROGRAMS, pass_kernel
from wavyte_gpu.ops.source import join, read

__all__ = [
    "Binding",
    "bindings",
    "draw_header_dtype",
    "layer_dtype",
    "most_layers",
    "params_dtype",
    "pass_code",
    "pass_dtype",
    "struct_dtype",
    "workgroup_size",
]

_COMMENT = re.compile(r"//[^\n]*")
_STRUCT = re.compile(r"\bstruct\s+(\w+)\s*\{([^}]*)\}")
_VECTOR = re.compile(r"vec([234])<\s*([iu]32)\s*>")
_ARRAY = re.compile(r"array<\s*(.+?)\s*,\s*(\d+)u?\s*>")
_BINDING = re.compile(
    r"@group\((\d+)\)\s*@binding\((\d+)\)\s*var(?:<\s*(\w+)\s*(?:,\s*(\w+)\s*)?>)?\s*(\w+)\s*:\s*([^;]+);"
)
_WORKGROUP = re.compile(r"@workgroup_size\(([^)]*)\)")
_SCALARS = {"i32": np.dtype("<i4"), "u32": np.dtype("<u4")}


class Binding(NamedTuple):
    """One resource of a kernel.

    `space` is "uniform", "storage" or, for a texture, ""; `access`, of a storage buffer, "read" or "read_write".
    """

    group: int
    binding: int
    name: str
    space: str
    access: str
    type: str


class _Layout(NamedTuple):
    dtype: np.dtype[Any]
    align: int
    nested: bool  # a struct or an array, which a uniform buffer wants at multiples of 16


def bindings(code: str) -> tuple[Binding, ...]:
    """Return the resources that joined WGSL declares, ordered by group and binding."""
    found = [
        Binding(int(g), int(b), name, space, access or ("read" if space == "storage" else ""), kind.strip())
        for g, b, space, access, name, kind in _BINDING.findall(_COMMENT.sub("", code))
    ]
    return tuple(sorted(found))


def workgroup_size(code: str) -> tuple[int, int, int]:
    """Return the workgroup size of the entry point of joined WGSL."""
    match = _WORKGROUP.search(_COMMENT.sub("", code))
    if match is None:
        raise ValueError("no entry point")
    sizes = [int(n.strip().rstrip("u")) for n in match.group(1).split(",") if n.strip()]
    x, y, z = (*sizes, 1, 1)[:3]
    return x, y, z


def struct_dtype(code: str, name: str) -> np.dtype[np.void]:
    """Return the NumPy dtype of a struct of joined WGSL, laid out as in a uniform buffer.

    Raises:
        ValueError: a type is unknown, or a uniform buffer could not hold it.
    """
    bodies = dict(_STRUCT.findall(_COMMENT.sub("", code)))
    if name not in bodies:
        raise ValueError(f"no struct {name}")
    return _layout(name, bodies).dtype


def _layout(kind: str, bodies: Mapping[str, str]) -> _Layout:
    kind = kind.strip()
    if kind in _SCALARS:
        return _Layout(np.dtype(_SCALARS[kind]), 4, False)
    if vector := _VECTOR.fullmatch(kind):
        n = int(vector.group(1))
        return _Layout(np.dtype((_SCALARS[vector.group(2)], (n,))), 8 if n == 2 else 16, False)
    if array := _ARRAY.fullmatch(kind):
        item = _layout(array.group(1), bodies)
        if item.dtype.itemsize % 16 or item.align % 16:
            raise ValueError(f"{kind}: the elements of an array in a uniform buffer are multiples of 16 bytes")
        return _Layout(np.dtype((item.dtype, (int(array.group(2)),))), item.align, True)
    if kind not in bodies:
        raise ValueError(f"unknown type {kind}")
    names: list[str] = []
    formats: list[np.dtype[np.void]] = []
    offsets: list[int] = []
    end, align = 0, 4
    for name, text in _fields(bodies[kind]):
        field = _layout(text, bodies)
        at = _up(end, field.align)
        if field.nested and at % 16:
            raise ValueError(f"{kind}.{name}: a uniform buffer wants it at a multiple of 16 bytes")
        names.append(name)
        formats.append(field.dtype)
        offsets.append(at)
        end = at + field.dtype.itemsize
        align = max(align, field.align)
    size = _up(end, align)
    return _Layout(np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size}), align, True)


def _fields(body: str) -> list[tuple[str, str]]:
    """Split a struct's body at the commas outside angle brackets."""
    parts: list[str] = [""]
    depth = 0
    for c in body:
        depth += (c == "<") - (c == ">")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    pairs = [p.split(":", 1) for p in parts if p.strip()]
    return [(name.strip(), kind.strip()) for name, kind in pairs]


def _up(n: int, align: int) -> int:
    return -(-n // align) * align


_OVER: dict[str, int | str] = {
    "LAYERS": 1,
    "COUNT": 1,
    "INIT": 0,
    "FULL": 0,
    "TILES": 0,
    "MATRIX": 0,
    "ROWS": 1,
    "STEP": 1,
    "WIDTH": 1,
    "BLEND": "normal",
}


@cache
def layer_dtype(program: int, edge_variant: int) -> np.dtype[np.void]:
    """Return the record of a layer: `Layer` of composite/over with that draw kind and `EDGE_COUNTS[edge_variant]` edges.

    A draw kind that is a kernel of its own has its `Params` instead.
    """
    kind = PROGRAMS[program]
    if not kind.layered:
        return params_dtype(f"draw/{kind.name}")
    values = {**_OVER, "EDGES": EDGE_COUNTS[edge_variant]}
    return struct_dtype(join("composite/over", values, f"draw/{kind.name}"), "Layer")


@cache
def most_layers(program: int, edge_variant: int) -> int:
    """Return how many layers a dispatch that draws one of them a tile may have, beside a colour matrix."""
    room = PARAM_BYTES - draw_header_dtype().itemsize - struct_dtype(read("shared/matrix"), "Matrix").itemsize
    return room // layer_dtype(program, edge_variant).itemsize


@cache
def draw_header_dtype() -> np.dtype[np.void]:
    """Return what precedes the layers in the uniform of composite/over: `region` and `origin`."""
    code = join("composite/over", {**_OVER, "EDGES": 0}, "draw/solid")
    full = struct_dtype(code, "Draw")
    assert full.names is not None and full.fields is not None
    names = [n for n in full.names if n != "layers"]
    size = full.fields["layers"][1]
    return np.dtype(
        {
            "names": names,
            "formats": [full.fields[n][0] for n in names],
            "offsets": [full.fields[n][1] for n in names],
            "itemsize": size,
        }
    )


@cache
def params_dtype(shader_name: str) -> np.dtype[np.void]:
    """Return the `Params` of a shader, as of `draw/video` or `output/nv12`."""
    bodies = "\n".join(read(part) for part in _parts(shader_name))
    return struct_dtype(bodies, "Params")


@cache
def pass_dtype(kernel: int) -> np.dtype[np.void]:
    """Return the `Params` of a pass kernel; its first field is `head`, of shared/head."""
    code = pass_code(kernel)
    dtype = struct_dtype("\n".join([code, *(read(part) for part in _includes(code))]), "Params")
    if not dtype.names or dtype.names[0] != "head":
        raise ValueError(f"{pass_kernel(kernel).name}: the first field of Params is `head: Head`")
    return dtype


def pass_code(kernel: int) -> str:
    """Return the text of a pass kernel before its directives are followed."""
    k = pass_kernel(kernel)
    return k.code or read(f"passes/{k.shader}")


def _parts(shader_name: str) -> list[str]:
    """Return a shader and the shared files that it includes, each once."""
    return [shader_name, *_includes(read(shader_name))]


def _includes(code: str) -> list[str]:
    """Return the shared files that a text includes, each once."""

    def named(text: str) -> list[str]:
        return [line.split()[1] for line in text.splitlines() if line.strip().startswith("//#include")]

    found = list(dict.fromkeys(named(code)))
    for name in found:
        found += [part for part in dict.fromkeys(named(read(name))) if part not in found]
    return found
