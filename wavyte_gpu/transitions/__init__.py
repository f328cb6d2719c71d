"""Transitions: how one node takes the place of another. The kinds in the order of their ids; new ones go to the end."""

from __future__ import annotations

from typing import Any

from wavyte_gpu.foundation.params import ParamSchema
from wavyte_gpu.transitions.definition import Change, Move, Sweep, TransitionDef

__all__ = ["TRANSITIONS"]

_WIPES = (
    ("left_to_right", "left_to_right"),
    ("right_to_left", "right_to_left"),
    ("top_to_bottom", "top_to_bottom"),
    ("bottom_to_top", "bottom_to_top"),
    ("ltr", "left_to_right"),
    ("rtl", "right_to_left"),
    ("ttb", "top_to_bottom"),
    ("btt", "bottom_to_top"),
)
_WAYS = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "up": (0.0, -1.0), "down": (0.0, 1.0)}
_SOFT = ParamSchema("soft_edge", "f64", default=0.0, minimum=0.0)
_ORIGIN = ParamSchema("origin", "vec2", default=(0.5, 0.5))


def _names(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


def _crossfade(v: Any, t: float, alone: bool) -> Change:
    return Change(Sweep("fade", t))


def _wipe(v: Any, t: float, alone: bool) -> Change:
    return Change(Sweep(v.dir, t, soft=v.soft_edge))


def _slide(v: Any, t: float, alone: bool) -> Change:
    x, y = _WAYS[v.dir]
    coming, going = (Move(shift=(x * by, y * by)) for by in (t - 1.0, t))
    return Change(None, coming, going if v.push or alone else None)


def _zoom(v: Any, t: float, alone: bool) -> Change:
    coming, going = (Move(max(v.from_scale + (1.0 - v.from_scale) * s, 0.0), v.origin) for s in (t, 1.0 - t))
    return Change(Sweep("fade", t), coming, going if alone else None)


def _iris(v: Any, t: float, alone: bool) -> Change:
    return Change(Sweep(v.shape, t, v.origin, v.soft_edge))


TRANSITIONS: tuple[TransitionDef, ...] = (
    TransitionDef("crossfade", (), _crossfade),
    TransitionDef("wipe", (ParamSchema("dir", "string", default="left_to_right", choices=_WIPES), _SOFT), _wipe),
    TransitionDef(
        "slide",
        (
            ParamSchema("dir", "string", default="left", choices=_names(*_WAYS)),
            ParamSchema("push", "bool", default=False),
        ),
        _slide,
    ),
    TransitionDef("zoom", (_ORIGIN, ParamSchema("from_scale", "f64", default=0.8, minimum=0.0)), _zoom),
    TransitionDef(
        "iris",
        (_ORIGIN, ParamSchema("shape", "string", default="circle", choices=_names("circle", "rect", "diamond")), _SOFT),
        _iris,
    ),
)
