"""The published JSON Schema (draft 2020-12): every form that the reader accepts, generated from the models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wavyte_gpu.foundation.colour import NAMED_COLOURS
from wavyte_gpu.schema.anim import Noise1d, Sine
from wavyte_gpu.schema.anim_spec import LANES, AnimSpec
from wavyte_gpu.schema.assets import ASSET_KINDS, Null
from wavyte_gpu.schema.document import Document
from wavyte_gpu.schema.ease import EASE_NAMES
from wavyte_gpu.schema.effects import kinds_of
from wavyte_gpu.schema.kinds import KindSpec
from wavyte_gpu.schema.mask import Stencil
from wavyte_gpu.schema.model import Model, fields_of
from wavyte_gpu.schema.node import Collection
from wavyte_gpu.schema.paint import Gradient
from wavyte_gpu.schema.spec import Frames, JsonSchema, Num
from wavyte_gpu.schema.values import Vec2Spec
from wavyte_gpu.schema.variables import Variable

__all__ = ["document_schema"]

_NAMED = {"name": {"type": ["string", "null"]}, "meta": {}}


def document_schema(
    extra_effects: Mapping[str, KindSpec] | None = None, extra_transitions: Mapping[str, KindSpec] | None = None
) -> JsonSchema:
    """Return the JSON Schema of the document, with the kinds of third parties where they are given."""
    effects, transitions = kinds_of(extra_effects, extra_transitions)
    defs = _shared()
    defs["Effect"] = _effect(effects)
    defs["Transition"] = _transition(transitions)
    body = _object(Document)
    pending = _refs(body) | {name for schema in defs.values() for name in _refs(schema)}
    models = {cls.__name__: cls for cls in _all_models(Model)}
    while missing := sorted(pending - defs.keys()):
        for name in missing:
            defs[name] = _object(models[name])
            pending |= _refs(defs[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wavyte composition 0.3",
        **body,
        "$defs": dict(sorted(defs.items())),
    }


def _all_models(cls: type[Model]) -> Iterable[type[Model]]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _all_models(sub)


def _refs(schema: Any) -> set[str]:
    """Return the names of the definitions that a schema refers to."""
    if isinstance(schema, dict):
        own = {schema["$ref"].removeprefix("#/$defs/")} if "$ref" in schema else set()
        return own.union(*(_refs(item) for item in schema.values()))
    return set().union(*(_refs(item) for item in schema)) if isinstance(schema, list) else set()


def _object(cls: type[Model]) -> JsonSchema:
    """Return the schema of the fields of a model."""
    properties: dict[str, JsonSchema] = {}
    required = []
    for key, (_name, spec, default, needed) in fields_of(cls).items():
        schema = spec.schema()
        properties[key] = _optional(schema) if default is None and not needed and schema else schema
        if needed:
            required.append(key)
    _adjust(cls, properties, required)
    out: JsonSchema = {"type": "object", "properties": properties, "additionalProperties": False}
    if cls.__doc__:
        out["description"] = " ".join(cls.__doc__.split("\n\n")[0].split())
    if required:
        out["required"] = required
    return out


def _adjust(cls: type[Model], properties: dict[str, JsonSchema], required: list[str]) -> None:
    """Add the shorthands that stand for whole groups of fields."""
    if cls is Gradient:
        properties.update({key: AnimSpec("colour").schema() for key in ("start", "end")})
        required.remove("stops")
    if cls is Collection:
        active = _closed({"active": AnimSpec("f64").schema()}, "active")
        properties["mode"] = {
            "anyOf": [{"enum": ["group", "stack", "sequence"]}, _closed({"switch": active}, "switch")]
        }
        del properties["active"]
    if cls is Stencil:
        required[:] = [key for key in required if key != "threshold"]
    if cls.__name__ == "Stroke":
        properties["gradient"] = {"$ref": "#/$defs/Gradient"}


def _optional(schema: JsonSchema) -> JsonSchema:
    return {"anyOf": [schema, {"type": "null"}]}


def _closed(properties: dict[str, Any], *required: str) -> JsonSchema:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _shared() -> dict[str, JsonSchema]:
    """Return the definitions of what is no model: values, expressions, eases, tagged unions."""
    unit = {"type": "number", "minimum": 0, "maximum": 1}
    expression = {"type": "string", "pattern": r"^=[\s\S]*\S"}
    number = {"type": "number"}
    spring = {"$ref": "#/$defs/Spring"}
    bezier = {"type": "array", "prefixItems": [unit, number, unit, number], "minItems": 4, "maxItems": 4}
    bezier["items"] = number
    colour_object = [
        _closed({**dict.fromkeys("rgb", unit), "a": unit}, "r", "g", "b"),
        _closed({"h": number, "s": unit, "l": unit, "a": unit}, "h", "s", "l"),
    ]
    names = sorted(NAMED_COLOURS)
    colour: JsonSchema = {
        "anyOf": [
            {"type": "string", "pattern": r"^#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$"},
            {"enum": names},
            *colour_object,
            {"type": "array", "items": unit, "minItems": 3, "maxItems": 4},
        ]
    }
    assets = [_closed({tag: {"$ref": f"#/$defs/{cls.__name__}"}, **_NAMED}, tag) for tag, cls in ASSET_KINDS.items()]
    defs: dict[str, JsonSchema] = {
        "Expression": {"anyOf": [expression, _closed({"expr": expression}, "expr")]},
        "Colour": colour,
        "Ease": {
            "anyOf": [
                {"enum": list(EASE_NAMES)},
                _closed({"cubic_bezier": bezier}, "cubic_bezier"),
                _closed({"spring": spring}, "spring"),
            ]
        },
        "Dimension": _dimension(Num(ge=0)),
        "Offset": _dimension(Num()),
        "Track": _dimension(Num(ge=0), track=True),
        "Asset": {"anyOf": [*assets, {"enum": [str(Null.TAG), "noise", "solid_rect"]}]},
    }
    for spec in (*(AnimSpec(lane) for lane in LANES), AnimSpec("vec2", uniform=True)):
        defs[spec.animated_name()] = _animated(spec)
    declared = _object(Variable)
    value = {"anyOf": [{"type": ["number", "boolean", "string"]}, *Vec2Spec().schema()["anyOf"], *colour_object]}
    defs["Variable"] = {"anyOf": [declared, value]}
    return defs


def _dimension(number: Num, *, track: bool = False) -> JsonSchema:
    length = AnimSpec("f64", number).schema()
    percent = r"[0-9]+(\.[0-9]+)?\s*%"
    unit = rf"({percent}|[0-9]+(\.[0-9]+)?\s*fr)" if track else percent
    forms = [
        {"const": "auto"},
        length,
        _closed({"px": length}, "px"),
        _closed({"percent": number.schema()}, "percent"),
        {"type": "string", "pattern": rf"^\s*{unit}\s*$"},
    ]
    if track:
        forms.append(_closed({"fr": Num(ge=0).schema()}, "fr"))
    return {"anyOf": forms}


def _animated(spec: AnimSpec) -> JsonSchema:
    """Return the schema of the forms of an `ANIM` other than a constant."""
    value, lane = spec.value, spec.lane
    key = _closed(
        {
            "frame": Frames(-(2**31)).schema(),
            "value": value.schema(),
            "ease": _optional({"$ref": "#/$defs/Ease"}),
            **_NAMED,
        },
        "frame",
        "value",
    )
    keys = {"type": "array", "items": key}
    track = _closed(
        {"keys": keys, "mode": _optional({"$ref": "#/$defs/Ease"}), "default": _optional(value.schema()), **_NAMED}
    )
    forms: list[JsonSchema] = [
        {"$ref": "#/$defs/Expression"},
        _closed({"keyframes": {"anyOf": [{**keys, "minItems": 1}, track]}}, "keyframes"),
    ]
    if lane in ("f64", "vec2"):
        signals = [
            _closed({str(cls.TAG): {"$ref": f"#/$defs/{cls.__name__}"}}, str(cls.TAG)) for cls in (Sine, Noise1d)
        ]
        signal = {"anyOf": signals}
        full = [_closed({"kind": {"const": "scalar"}, "params": signal}, "params")]
        if lane == "vec2":
            both = {"type": "array", "items": signal, "minItems": 2, "maxItems": 2}
            pair = {"anyOf": [_closed({"x": signal, "y": signal}, "x", "y"), both]}
            full.append(_closed({"kind": {"const": "vec2"}, "params": pair}, "kind", "params"))
        forms += [*signals, _closed({"procedural": {"anyOf": [*full, *signals]}}, "procedural")]
    return {"anyOf": forms}


def _params(kind: KindSpec) -> JsonSchema:
    out = {"type": "object", "additionalProperties": False}
    return {**out, "properties": {name: param.spec.schema() for name, param in kind.names().items()}}


def _effect(kinds: Mapping[str, KindSpec]) -> JsonSchema:
    forms: list[JsonSchema] = []
    for kind in kinds.values():
        params, main = _params(kind), kind.main_param()
        forms.append(_closed({"kind": {"const": kind.kind}, "params": _optional(params), **_NAMED}, "kind"))
        short = [params, {"type": "null"}, *([main.spec.schema()] if main is not None else [])]
        forms.append(_closed({kind.kind: {"anyOf": short}, **_NAMED}, kind.kind))
    return {"anyOf": [*forms, {"enum": list(kinds)}]}


def _transition(kinds: Mapping[str, KindSpec]) -> JsonSchema:
    fields = {"duration_frames": Frames(0).schema(), "ease": {"$ref": "#/$defs/Ease"}, **_NAMED}
    forms = [
        _closed({"kind": {"const": kind.kind}, **fields, "params": _optional(_params(kind))}, "kind", "duration_frames")
        for kind in kinds.values()
    ]
    return {"anyOf": forms}
