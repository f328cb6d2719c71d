"""What templates change in assets: `{{name}}` in texts and sources, and expressions that do not depend on time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from wavyte_gpu.foundation.colour import Rgba
from wavyte_gpu.normalize.scope import Scope, look_up
from wavyte_gpu.schema.anim import Constant, Expr, Keyframes, Procedural, SplitVec2
from wavyte_gpu.schema.anim_spec import AnimSpec
from wavyte_gpu.schema.assets import TextAsset
from wavyte_gpu.schema.model import Model, build, fields_of
from wavyte_gpu.schema.spec import Spec
from wavyte_gpu.schema.variables import PLACE

__all__ = ["Evaluate", "asset_texts", "constant_exprs", "fill_asset", "fold_asset", "names_of", "text_of"]

Evaluate = Callable[[Expr, Spec, str], Any]
"""(expression, what its field may hold, its place below the asset) -> the value that stands for it."""

_FIELDS = ("text", "source", "font_source")
_MOVING = re.compile(r"\b(?:time|nodes|self)\b")
_SCALAR, _COLOUR = AnimSpec("f64"), AnimSpec("colour")
_STILL = (Constant, Keyframes, Procedural)


def asset_texts(asset: Any) -> Iterator[str]:
    """Yield every text of an asset that may hold `{{name}}`."""
    for owner in (asset, *(asset.runs or ())) if isinstance(asset, TextAsset) else (asset,):
        for name in _FIELDS:
            text = getattr(owner, name, None)
            if text is not None:
                yield text


def names_of(text: str) -> Iterator[str]:
    """Yield the names that a text puts in."""
    for match in PLACE.finditer(text):
        yield match.group(1)


def fill_asset(asset: Any, put: Callable[[str, str], str]) -> Any:
    """Return an asset with its names put in.

    Args:
        put: returns the text that stands for a name; its second argument is the name's place below the asset.
    """

    def fill(owner: Any, below: str, **changed: Any) -> Any:
        values = dict(owner.__dict__, **changed)
        for name in _FIELDS:
            text = values.get(name)
            if isinstance(text, str) and "{{" in text:
                at = f"{below}/{name}"
                values[name] = PLACE.sub(lambda match, at=at: put(match.group(1), at), text)  # type: ignore[misc]
        return build(type(owner), values)

    top = f"/{asset.TAG}"
    if isinstance(asset, TextAsset) and asset.runs is not None:
        return fill(asset, top, runs=tuple(fill(run, f"{top}/runs/{i}") for i, run in enumerate(asset.runs)))
    return fill(asset, top)


def constant_exprs(value: Any) -> Iterator[str]:
    """Yield the expressions of an asset that do not depend on time or on nodes."""
    if isinstance(value, Expr):
        if not _MOVING.search(value.source):
            yield value.source
    elif isinstance(value, tuple):
        for item in value:
            yield from constant_exprs(item)
    elif isinstance(value, Model) and not isinstance(value, _STILL):
        for item in value.__dict__.values():
            yield from constant_exprs(item)


def fold_asset(asset: Any, evaluate: Evaluate) -> Any:
    """Return an asset with a value in place of each of its `constant_exprs`."""
    return _fold(asset, _SCALAR, f"/{asset.TAG}", evaluate)


def _fold(value: Any, spec: Spec, below: str, evaluate: Evaluate) -> Any:
    if isinstance(value, Expr):
        return value if _MOVING.search(value.source) else evaluate(value, spec, below)
    if isinstance(value, tuple):  # only the stops of gradients hold animated values: colours
        return tuple(_fold(item, _COLOUR, f"{below}/{i}", evaluate) for i, item in enumerate(value))
    if not isinstance(value, Model) or isinstance(value, _STILL):
        return value
    fields = fields_of(type(value)).items()
    split = isinstance(value, SplitVec2)
    changed = {
        name: _fold(getattr(value, name), _SCALAR if split else own, f"{below}/{key}", evaluate)
        for key, (name, own, _default, _required) in fields
    }
    return build(type(value), {**value.__dict__, **changed})


def text_of(scope: Scope, name: str) -> str:
    """Return the text that stands for `{{name}}` at a node.

    Raises:
        KeyError: with a sentence that says what is missing.
        TypeError: the value can't stand in a text.
    """
    head, *rest = name.split(".")
    if name in scope.instance.composition.variables or head not in ("item", "index", "count"):
        return _written(look_up(scope, ("vars", name)), name)
    return _written(look_up(scope, (head, *rest)), name)


def _written(value: Any, name: str) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Rgba):
        channels = [min(max(int(c * 255 + 0.5), 0), 255) for c in value]
        return "#" + "".join(f"{c:02x}" for c in (channels if channels[3] != 255 else channels[:3]))
    if isinstance(value, int | float):
        return re.sub(r"\.0$", "", repr(value))
    kind = "a list" if isinstance(value, list | tuple) else "nothing" if value is None else "an object"
    raise TypeError(f"`{name}` is {kind}, which can't stand in a text")
