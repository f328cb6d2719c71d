"""Values for the variables of a composition, checked against their declarations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wavyte_gpu.foundation.errors import SchemaError, nearest
from wavyte_gpu.schema import Document, read_variable_value
from wavyte_gpu.schema.reader import BAD, Reader, Scope

__all__ = ["missing_variables", "read_variables"]


def read_variables(document: Document, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return canonical values.

    Raises:
        SchemaError: names are unknown or values do not fit, all of them named.
    """
    ctx = Reader({}, {}, scope=Scope(None, 0, assets=dict(document.assets)))
    known = document.variables
    out = {}
    for name, raw in values.items():
        if name not in known:
            ctx.error(
                "unknown_variable",
                f"unknown variable '{name}'",
                found=name,
                allowed=", ".join(known) or "this composition declares none",
                hint=nearest(name, known),
            )
            continue
        ctx.parts[:] = ["variables", name]
        value = read_variable_value(ctx, known[name], raw)
        ctx.parts.clear()
        if value is not BAD:
            out[name] = value
    if ctx.problems:
        raise SchemaError(ctx.problems)
    return out


def missing_variables(document: Document, values: Mapping[str, Any]) -> list[str]:
    """Return the names of required variables that have neither a value nor a default."""
    return [n for n, v in document.variables.items() if v.required and v.default is None and n not in values]
