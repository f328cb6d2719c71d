"""Rows of the layout table as the native library's styles."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.layout.definite import shared_axis
from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength

__all__ = [
    *("FAR_PX", "STACKED", "Bounds", "bounded", "boxed_styles", "canvas_style", "celled_styles", "lone_style", "native_style"),
    *("part_style", "shell_styles", "strut_style"),
]

FAR_PX = 1e7
_SIGNED = [*range(StyleLength.MARGIN_TOP, StyleLength.MARGIN_LEFT + 1), *range(StyleLength.INSET_TOP, len(StyleLength))]
# start, end, flex_start, flex_end, center, stretch, then space_between, space_around, space_evenly or baseline
_CONTENT = (0, 1, 2, 3, 4, 5, 6, 8, 7)
_ITEMS = (0, 1, 2, 3, 4, 6, 5)
_ALIGN_ITEMS, _STRETCH = 5, 5
_DIMENSIONS = (0, 1, 2, 7)  # by LengthUnit
_FLEX, _GRID, _FLEX_START = 1, 2, 2
_PX = 1
_SINGLE = -2
_AUTO = {"dim": 0, "value": nan}
_ZERO = {"dim": 1, "value": 0.0}
_NO_EDGES = {"top": _ZERO, "right": _ZERO, "bottom": _ZERO, "left": _ZERO}
_NO_LINE = {"kind": 0, "value": 0}
_FILLED = [{"repetition": _SINGLE, "single": {"min_size": _ZERO, "max_size": {"dim": 7, "value": 1.0}}, "repeat": []}]
_NOWHERE = np.zeros(6, dtype=np.int16)
_OUTER = (
    *("position", "inset", "margin", "size", "min_size", "max_size", "aspect_ratio", "align_self"),
    *("flex_grow", "flex_shrink", "flex_basis", "grid_column", "grid_row"),
)

STACKED = {"display": _FLEX, "flex_direction": 1, "flex_wrap": 0, "align_items": None, "justify_content": _FLEX_START}
"""What a box has that holds its parts one above another."""


class Bounds(NamedTuple):
    """What is found of an item.

    Attributes:
        width: px. least: a width and a height in px that it has at least, but no more than others that it is given.
        inside: how high its parent is inside, px.
        basis: what it is shared out from in a row, px. own: between which widths it is as wide as what
            is in it or its width in px, whatever its basis and percentages.
        tracks: how large its columns and its rows are at least, those beyond its template too, px.
    """

    width: float | None = None
    least: tuple[float | None, float | None] = (None, None)
    inside: float = 0.0
    basis: float | None = None
    own: tuple[float, float] | None = None
    tracks: tuple[Sequence[float], Sequence[float]] = ((), ())

    def of(self, style: dict[str, Any]) -> dict[str, Any]:
        """Return a style with these."""
        out = {**style, "size": dict(style["size"]), "min_size": dict(style["min_size"])}
        for side, least in zip(("width", "height"), self.least, strict=True):
            if least is not None:
                given = [bound for bound in (style["size"][side], style["max_size"][side]) if bound["dim"] != _AUTO["dim"]]
                bounds = [bound["value"] * (1.0 if bound["dim"] == _PX else self.inside) for bound in given]
                out["min_size"][side] = {"dim": _PX, "value": min([least, *bounds])}
        for name, tracks in zip(("grid_template_columns", "grid_template_rows"), self.tracks, strict=True):
            more = [_track(_AUTO, LengthUnit.AUTO)] * (len(tracks) - len(style[name]))
            if tracks:
                out[name] = [_at_least(track, size) for track, size in zip([*style[name], *more], tracks, strict=True)]
        if self.basis is not None:
            out["flex_basis"] = {"dim": _PX, "value": self.basis}
        if self.own is not None:
            least, most = style["min_size"]["width"], style["max_size"]["width"]
            low = max(self.own[0], least["value"] if least["dim"] == _PX else 0.0)
            high = min(self.own[1], most["value"] if most["dim"] == _PX else FAR_PX)
            out |= {"flex_basis": _AUTO, "flex_shrink": 1.0}
            out["size"]["width"] = style["size"]["width"] if style["size"]["width"]["dim"] == _PX else _AUTO
            out["min_size"]["width"] = {"dim": _PX, "value": low} if low else _AUTO
            out["max_size"] = {**style["max_size"], "width": {"dim": _PX, "value": high}}
        if self.width is not None:
            out["size"]["width"] = {"dim": _PX, "value": self.width}
        return out


def bounded(
    values: npt.NDArray[np.float64], lengths: npt.NDArray[np.int32], table: LayoutTable
) -> npt.NDArray[np.float32]:
    """Return values of lengths as they are laid out: finite (else 0), at most 1e7, and only margins and insets below 0.

    Args:
        values: (..., K). lengths: (K,) indices into the table's lengths.
    """
    place = lengths - table.start[np.searchsorted(table.start, lengths, side="right") - 1]
    low = np.where(np.isin(place, _SIGNED), -FAR_PX, 0.0)
    return np.clip(np.nan_to_num(values, nan=0.0), low, FAR_PX).astype(np.float32)


def native_style(
    table: LayoutTable, row: int, values: npt.NDArray[np.float32], shown: bool, lines: npt.NDArray[np.int16]
) -> dict[str, Any]:
    """Return the style of one row.

    Args:
        values: (L,) the current value of every length. shown: whether the item is visible; others take no space.
        lines: (6,) where it lies in a grid, as in the table.
    """
    first = int(table.start[row])
    units = table.unit[first : table.start[row + 1]].tolist()
    numbers = values[first : table.start[row + 1]].tolist()
    cells = [{"dim": _DIMENSIONS[u], "value": v} for u, v in zip(units, numbers, strict=True)]
    codes, main = table.codes[row].tolist(), shared_axis(table, row)
    for axis, size in enumerate((StyleLength.WIDTH, StyleLength.HEIGHT)):
        if axis == main and cells[size]["dim"] == _PX and cells[StyleLength.FLEX_BASIS]["dim"] == _AUTO["dim"]:
            cells[StyleLength.FLEX_BASIS] = dict(cells[size])  # what is not clamped is shared out
        _clamp(cells, size)
    display, direction, wrap, position, justify, align, content, own = codes
    start, end, span, *down = lines.tolist()
    tracks = [_track(cell, unit) for cell, unit in zip(cells[len(StyleLength) :], units[len(StyleLength) :], strict=True)]
    columns = int(table.columns[row])
    s = StyleLength
    return {
        "display": display if shown else 0,
        "box_sizing": 0,
        "overflow_x": 0,
        "overflow_y": 0,
        "scrollbar_width": 0.0,
        "position": position,
        "inset": _edges(cells, s.INSET_TOP),
        "gap": {"width": cells[s.GAP_X], "height": cells[s.GAP_Y]},
        "margin": _edges(cells, s.MARGIN_TOP),
        "border": _NO_EDGES,
        "padding": _edges(cells, s.PADDING_TOP),
        "size": {"width": cells[s.WIDTH], "height": cells[s.HEIGHT]},
        "min_size": {"width": cells[s.MIN_WIDTH], "height": cells[s.MIN_HEIGHT]},
        "max_size": {"width": cells[s.MAX_WIDTH], "height": cells[s.MAX_HEIGHT]},
        "aspect_ratio": float(table.aspect_ratio[row]) or None,
        "flex_wrap": wrap,
        "flex_direction": direction,
        "flex_grow": numbers[s.FLEX_GROW],
        "flex_shrink": numbers[s.FLEX_SHRINK],
        "flex_basis": cells[s.FLEX_BASIS],
        "grid_template_columns": tracks[:columns],
        "grid_template_rows": tracks[columns:],
        "grid_auto_columns": [],
        "grid_auto_rows": [],
        "grid_auto_flow": 0,
        "grid_column": _placement(start, end, span),
        "grid_row": _placement(*down),
        "justify_content": _justify(display, justify),
        "align_content": None if content < 0 else _CONTENT[content],
        "align_items": None if align < 0 else _ITEMS[align],
        "align_self": None if own < 0 else _ITEMS[own],
    }


def canvas_style(table: LayoutTable, width: float, height: float) -> dict[str, Any]:
    """Return the style of the box around a layout's root: a grid of one cell, as large as the canvas."""
    blank = native_style(table, 0, np.zeros_like(table.value, dtype=np.float32), True, _NOWHERE)
    sides = ({"dim": 1, "value": width}, {"dim": 1, "value": height})
    blank.update(
        display=2,
        position=0,
        inset=dict.fromkeys(_NO_EDGES, _AUTO),
        gap={"width": _ZERO, "height": _ZERO},
        margin=_NO_EDGES,
        padding=_NO_EDGES,
        size={"width": sides[0], "height": sides[1]},
        flex_direction=0,
        flex_wrap=0,
        flex_basis=_AUTO,
        min_size={"width": _AUTO, "height": _AUTO},
        max_size={"width": _AUTO, "height": _AUTO},
        grid_template_columns=[_track(sides[0], LengthUnit.PX)],
        grid_template_rows=[_track(sides[1], LengthUnit.PX)],
        grid_column=_placement(0, 0, 0),
        grid_row=_placement(0, 0, 0),
    )
    for name in ("aspect_ratio", "justify_content", "align_content", "align_items", "align_self"):
        blank[name] = None
    return blank


def boxed_styles(table: LayoutTable, row: int, style: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the styles of a box that takes an item's place in its grid, and of the item in it.

    Args:
        style: the item's, were it in the grid.
    """
    around = _around(table, style)
    align = int(table.codes[table.parent[row], _ALIGN_ITEMS])
    around.update(align_items=None if align < 0 else _ITEMS[align], align_self=_ITEMS[_STRETCH])
    fills = style["size"]["width"]["dim"] == _AUTO["dim"]
    narrow = fills and style["min_size"]["width"]["dim"] == _AUTO["dim"]  # it may be narrower than what is in it
    basis = _ZERO if fills and not narrow else _AUTO
    inner = {**style, "flex_grow": float(fills), "flex_shrink": float(narrow), "flex_basis": basis}
    if narrow:
        inner["min_size"] = {**style["min_size"], "width": _ZERO}
    return around, inner


def lone_style(style: dict[str, Any], width: float | None) -> dict[str, Any]:
    """Return the style of an item alone: of a width in px, as high as what is in it, or with its own bounds, as wide as that."""
    if width is None:
        return {**style, "flex_basis": _AUTO}
    free = {"width": _AUTO, "height": _AUTO}
    return {**style, "size": {"width": {"dim": _PX, "value": width}, "height": _AUTO}, "min_size": free, "max_size": free}


def celled_styles(
    table: LayoutTable, row: int, style: dict[str, Any], fixed: tuple[bool | None, bool | None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the styles of a grid of one cell that takes an item's place in its grid, and of the item in it, with its margins.

    Args:
        style: the item's, were it in the grid. fixed: whether nothing in it changes its columns, and its rows, or
            None where it may be smaller than what is in it.
    """
    align = int(table.codes[table.parent[row], _ALIGN_ITEMS])
    own = style["align_self"] if style["align_self"] is not None or align < 0 else _ITEMS[align]
    free = style["size"]["height"]["dim"] == _AUTO["dim"]
    fills = free and own in (None, _ITEMS[_STRETCH])
    around = _around(table, style) | {
        "display": style["display"] and _GRID,
        "align_self": own,
        "grid_template_columns": _FILLED if fixed[0] else [],
        "grid_template_rows": _FILLED if fixed[1] and fills else [],
    }
    for of in ("size", "min_size"):
        around[of] = {
            side: {"dim": _PX, "value": max(own["value"] + sum(style["margin"][end]["value"] for end in ends), 0.0)}
            if (own := style[of][side])["dim"] == _PX
            else _AUTO
            for side, ends in (("width", ("left", "right")), ("height", ("top", "bottom")))
        }
    nowhere, least = _placement(0, 0, 0), dict(style["min_size"])
    for side, known in zip(("width", "height"), fixed, strict=True):
        if known is None and least[side]["dim"] == _AUTO["dim"]:
            least[side] = _ZERO
    return around, {**style, "min_size": least, "grid_column": nowhere, "grid_row": nowhere, "align_self": _ITEMS[_STRETCH if fills else 0]}


def shell_styles(table: LayoutTable, style: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the styles of a box that a container fills, and of the container in it.

    Args:
        style: the container's, without the box.
    """
    around = _around(table, style) | {name: style[name] for name in _OUTER}
    plain = canvas_style(table, 0.0, 0.0)
    sides = {"width": _ZERO, "height": _AUTO}
    free = {"size": plain["min_size"], "min_size": sides, "flex_grow": 1.0, "flex_shrink": 1.0}
    return around, {**style, **{name: plain[name] for name in _OUTER}, **free}


def strut_style(style: dict[str, Any], grows: bool, column: bool) -> dict[str, Any]:
    """Return the style of an item without content whose size is asked for by a track in it: Taffy forgets the size of what grows.

    Args:
        style: the item's. column: whether it lies in a column, whose automatic height has the bases of its items.
    """
    main = "height" if column else "width"
    size, basis = style["size"][main], style["flex_basis"]
    if column and basis["dim"] == _PX:
        size, basis = basis, _AUTO
    if size["dim"] != _PX:
        return style
    if not grows:
        return {**style, "size": {**style["size"], main: size}, "flex_basis": basis}
    edges = sum(style["padding"][side]["value"] for side in (("top", "bottom") if column else ("left", "right")))
    track = _track({"dim": _PX, "value": max(size["value"] - edges, 0.0)}, LengthUnit.PX)
    least = style["min_size"][main]
    return {
        **style,
        "display": style["display"] and _GRID,
        "size": {**style["size"], main: _AUTO},
        "min_size": {**style["min_size"], main: _ZERO if least["dim"] == _AUTO["dim"] else least},
        "flex_basis": basis,
        "grid_template_rows" if column else "grid_template_columns": [track],
    }


def _around(table: LayoutTable, style: dict[str, Any]) -> dict[str, Any]:
    """Return the style of a box around something: in its place, as large as this asks for."""
    return canvas_style(table, 0.0, 0.0) | {
        "display": style["display"] and _FLEX,
        "size": {"width": _AUTO, "height": _AUTO},
        "grid_column": style["grid_column"],
        "grid_row": style["grid_row"],
        "grid_template_columns": [],
        "grid_template_rows": [],
    }


def part_style(table: LayoutTable, shown: bool) -> dict[str, Any]:
    """Return the style of a part of a box."""
    sides = {"width": _AUTO, "height": _AUTO}
    return canvas_style(table, 0.0, 0.0) | {"display": _FLEX if shown else 0, "size": sides, "flex_shrink": 0.0}


def _clamp(cells: list[dict[str, Any]], size: int) -> None:
    """Hold a size in px between its bounds in px, which changes no layout of CSS: Taffy's grids read the size without them."""
    least, most = (cells[size + by] for by in (StyleLength.MIN_WIDTH - StyleLength.WIDTH, StyleLength.MAX_WIDTH - StyleLength.WIDTH))
    if cells[size]["dim"] == _PX:
        if most["dim"] == _PX:
            cells[size]["value"] = min(cells[size]["value"], most["value"])
        if least["dim"] == _PX:
            cells[size]["value"] = max(cells[size]["value"], least["value"])


def _justify(display: int, justify: int) -> int | None:
    """Return `justify-content` as Taffy has it. Nothing and `stretch` are `flex-start` in a flex container, one that runs backwards too."""
    if display == _FLEX and justify in (-1, _STRETCH):
        return _FLEX_START
    return None if justify < 0 else _CONTENT[justify]


def _edges(cells: list[dict[str, Any]], top: int) -> dict[str, Any]:
    return dict(zip(("top", "right", "bottom", "left"), cells[top : top + 4], strict=True))


def _track(cell: dict[str, Any], unit: int) -> dict[str, Any]:
    least = _AUTO if unit == LengthUnit.FR else cell
    return {"repetition": _SINGLE, "single": {"min_size": least, "max_size": cell}, "repeat": []}


def _at_least(track: dict[str, Any], size: float) -> dict[str, Any]:
    """Return a track that is at least as large as a size in px where it has none."""
    if track["single"]["max_size"]["dim"] != _AUTO["dim"]:
        return track
    return {**track, "single": {"min_size": {"dim": _PX, "value": size}, "max_size": _AUTO}}


def _placement(start: int, end: int, span: int) -> dict[str, Any]:
    """Return a grid placement; a span stands for the side that is not given."""
    first = {"kind": 1, "value": start} if start else _NO_LINE
    last = {"kind": 1, "value": end} if end else _NO_LINE
    if span:
        spanned = {"kind": 2, "value": span}
        first, last = (spanned, last) if end and not start else (first, spanned)
    return {"start": first, "end": last}
