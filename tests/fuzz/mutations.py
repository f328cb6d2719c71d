"""Mutations of JSON documents: each breaks something, or nothing."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

__all__ = ["mutated"]

JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 0.5, -0.0, 2, 255, 256, 65536, 2**31, -(2**31), 2**53, 2**63, 2**64, 10**30),
    *(1e-320, 1e-9, 1e9, 1e30, 1e300, -1e300, 1.7976931348623157e308, -1.7976931348623157e308),
    *(float("inf"), float("-inf"), float("nan")),
    *(
        "",
        " ",
        "x",
        "=",
        "=1",
        "={",
        "{{",
        "{{name}}",
        "\0",
        "\ud800",
        "é" * 50,
        "#ff",
        "#ff00zz",
        "1.5s",
        "-1s",
        "50%",
        "center",
    ),
    *(
        "root",
        "n1",
        "canvas",
        "solid",
        "data:,",
        "data:image/png;base64,!!!!",
        "../../etc/passwd",
        "http://x/y.png",
        "/dev/zero",
    ),
    *([], [[]], [None], [0, 0], [1, 2, 3], [1e300, 1e300], {}, {"": ""}, {"keyframes": []}, {"expr": "=time.frame"}),
    {"keyframes": [{"frame": 0, "value": 1e308}, {"frame": 1, "value": -1e308}]},
    {
        "keyframes": [
            {"frame": 0, "value": [1e308, -1e308]},
            {"frame": 3, "value": [-1e308, 1e308], "ease": "elastic_out"},
        ]
    },
    {"keyframes": [{"frame": 5, "value": 0}, {"frame": 5, "value": 1}, {"frame": 3, "value": 2}]},
    {
        "procedural": {
            "kind": "scalar",
            "params": {"sine": {"amp": 1e308, "freq_hz": 1e308, "phase": 1e308, "offset": 1e308}},
        }
    },
    {"procedural": {"kind": "scalar", "params": {"noise1d": {"amp": 1e308, "freq_hz": 1e300, "offset": -1e308}}}},
    {"spring": {"stiffness": 1e300, "damping": 1e-300, "mass": 1e-300}},
    {"switch": {"active": float("nan")}},
    {"switch": {"active": {"keyframes": [{"frame": 0, "value": -1e308}, {"frame": 2, "value": 1e308}]}}},
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return (container, key) of every value of a JSON tree."""
    out: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        item = stack.pop()
        keys = list(item) if isinstance(item, dict) else list(range(len(item))) if isinstance(item, list) else []
        for key in keys:
            out.append((item, key))
            stack.append(item[key])
    return out


def mutated(document: dict[str, Any], r: Random) -> dict[str, Any]:
    """Return a copy with one to four random changes."""
    out = copy.deepcopy(document)
    for _ in range(r.choice((1, 1, 1, 2, 4))):
        found = places(out)
        where, key = r.choice(found)
        kind = r.randrange(9)
        if kind <= 3:
            where[key] = copy.deepcopy(r.choice(JUNK))
        elif kind == 4:
            del where[key]
        elif kind == 5:
            other, at = r.choice(found)
            where[key] = copy.deepcopy(other[at]) if _size(other[at]) < 3000 else None
        elif kind == 6 and isinstance(where, dict):
            where[r.choice(("", "x", str(key) + "s", "id", "kind", "range", "effects", "layout"))] = where.pop(key)
        elif kind == 7 and isinstance(where[key], int | float) and not isinstance(where[key], bool):
            where[key] = r.choice((-where[key], where[key] * 1000, where[key] + 0.5, str(where[key]), [where[key]] * 2))
        elif isinstance(where, list):
            where.insert(r.randrange(len(where) + 1), copy.deepcopy(where[key]))
    return out


def _size(value: Any) -> int:
    return 1 + len(places(value))
