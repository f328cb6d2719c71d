"""Variables of a composition: bare and typed declarations, values of each type, and `{{name}}` in texts."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from wavyte_gpu.foundation.colour import ColourError, parse_colour
from wavyte_gpu.schema.model import Item, ItemOf, build
from wavyte_gpu.schema.reader import BAD, Reader, brief, listing
from wavyte_gpu.schema.spec import Bool, Enum, Json, JsonSchema, ListOf, Num, Spec, Text, check_text
from wavyte_gpu.schema.values import ColourSpec, Vec2Spec

__all__ = [
    "PLACE",
    "VARIABLE_TYPES",
    "Variable",
    "VariableSpec",
    "VariableType",
    "check_asset",
    "check_template",
    "read_variable_value",
]

VariableType = Literal["number", "bool", "vec2", "color", "text", "asset", "choice", "list"]
VARIABLE_TYPES: tuple[str, ...] = ("number", "bool", "vec2", "color", "text", "asset", "choice", "list")
PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class Variable(Item):
    """A typed variable. `default` is a value of its type; None with `required` means that one must be set."""

    type: Annotated[VariableType, Enum(*VARIABLE_TYPES)]
    default: Annotated[Any, Json()] = None
    label: Annotated[str | None, Text()] = None
    min: Annotated[float | None, Num()] = None
    max: Annotated[float | None, Num()] = None
    choices: Annotated[tuple[str, ...] | None, ListOf(Text(), lo=1)] = None
    required: Annotated[bool, Bool()] = False

    @classmethod
    def finish(cls, ctx: Reader, values: dict[str, Any], raw: dict[str, Any]) -> None:
        """Check the default and the bounds against the type."""
        kind = values["type"]
        if kind is None:
            return
        low, high = values["min"], values["max"]
        if kind != "number" and (low is not None or high is not None):
            ctx.error("conflict", "only a number has `min` and `max`", found=kind)
        elif low is not None and high is not None and low > high:
            ctx.error("range", "`min` is above `max`", found=low, allowed=f"<= {high:g}")
        if kind == "choice" and values["choices"] is None and not isinstance(raw.get("choices"), list):
            ctx.error("missing", "a choice needs `choices`")
        if kind != "choice" and values["choices"] is not None:
            ctx.error("conflict", "only a choice has `choices`", found=kind)
        if raw.get("default") is None:
            values["default"] = None
            if raw.get("required") is False:
                ctx.error("missing", "a variable that is not required needs a `default`")
            values["required"] = True
        else:
            ctx.parts.append("default")
            value = read_variable_value(ctx, build(cls, values), raw["default"])
            ctx.parts.pop()
            values["default"] = None if value is BAD else value


def read_variable_value(ctx: Reader, variable: Variable, raw: Any) -> Any:
    """Return a value of a variable's type, or `BAD` after noting why it is none."""
    kind = variable.type
    if kind == "number":
        return Num(ge=variable.min, le=variable.max).read(ctx, raw)
    if kind == "choice" and variable.choices:
        return Enum(*variable.choices).read(ctx, raw)
    if kind == "asset":
        return check_asset(ctx, raw)
    return _TYPES[kind].read(ctx, raw)


def check_asset(ctx: Reader, raw: Any) -> Any:
    """Return the key of an asset that the composition has, or `BAD`."""
    key = Text(nonempty=True).read(ctx, raw)
    if key is BAD or ctx.scope is None or key in ctx.scope.assets:
        return key
    known = ctx.scope.assets
    return ctx.error(
        "unknown_asset",
        "unknown asset",
        found=key,
        allowed=listing(known) or "no asset is declared",
        hint=ctx.nearest(key, known),
    )


_TYPES: dict[str, Spec] = {
    "bool": Bool(),
    "vec2": Vec2Spec(),
    "color": ColourSpec(),
    "text": Text(),
    "choice": Text(),
    "list": ListOf(Json()),
}


class VariableSpec(Spec):
    """A declaration `{"type", ...}`, or a bare value whose type is inferred."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Variable):
            return raw
        if isinstance(raw, dict) and "type" in raw:
            return _DECLARED.read(ctx, raw)
        kind, value = _infer(ctx, raw)
        if value is BAD:
            return BAD
        values = {"type": kind, "default": value, "label": None, "min": None, "max": None, "choices": None}
        return build(Variable, {"name": None, "meta": None, **values, "required": False})

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/Variable"}


_DECLARED = ItemOf(Variable)


def _infer(ctx: Reader, raw: Any) -> tuple[str, Any]:
    if isinstance(raw, bool):
        return "bool", raw
    if isinstance(raw, int | float):
        return "number", Num().read(ctx, raw)
    if isinstance(raw, str):
        if raw.startswith("#"):
            try:
                return "color", parse_colour(raw)
            except ColourError:
                pass
        return "text", check_text(ctx, raw)
    if (isinstance(raw, list) and len(raw) == 2) or (isinstance(raw, dict) and raw.keys() == {"x", "y"}):
        return "vec2", Vec2Spec().read(ctx, raw)
    if isinstance(raw, dict) and {"r", "h"} & raw.keys():
        return "color", ColourSpec().read(ctx, raw)
    return "", ctx.error(
        "type",
        "a variable is expected",
        found=raw,
        allowed='a number, true or false, [x, y], "#hex", a text, or {"type": ..., "default": ...}',
        hint='write {"type": "list", "default": [...]}' if isinstance(raw, list) else None,
    )


def check_template(ctx: Reader, text: str) -> None:
    """Note a problem for every `{{name}}` of a text that names no variable."""
    if ctx.scope is None:
        return
    known = ctx.scope.variables
    for match in PLACE.finditer(text):
        name = match.group(1)
        if name in known:
            continue
        of_repeat = name in ("index", "count") or name.split(".")[0] == "item"
        ctx.error(
            "unknown_variable",
            f"unknown variable {brief('{{' + name + '}}')}",
            allowed=listing(known) or "no variable is declared",
            hint=f"`{name}` is known inside a `repeat`" if of_repeat else ctx.nearest(name, known),
        )
        if of_repeat:
            ctx.scope.repeat_names.append(ctx.problems.pop())
