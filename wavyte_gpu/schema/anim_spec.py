"""Reading of animated values: every written form of an `ANIM` becomes one of the models of `anim`."""

from __future__ import annotations

from typing import Any, Literal

from wavyte_gpu.expr.names import Type
from wavyte_gpu.foundation.errors import nearest
from wavyte_gpu.schema.anim import Constant, Expr, Key, Keyframes, Noise1d, Procedural, Sine, SplitVec2
from wavyte_gpu.schema.ease import LINEAR, Ease, EaseSpec
from wavyte_gpu.schema.model import ItemOf, Model, build
from wavyte_gpu.schema.reader import BAD, MAX_FRAMES, Reader, Written, pointer
from wavyte_gpu.schema.spec import Bool, Frames, Json, JsonSchema, Num, Spec, Text, check_keys, check_text, is_number
from wavyte_gpu.schema.values import ColourSpec, Vec2Spec, split_pair

__all__ = ["LANES", "AnimSpec", "ExprSpec", "Lane", "read_expression"]

Lane = Literal["f64", "vec2", "colour", "bool"]
LANES: tuple[Lane, ...] = ("f64", "vec2", "colour", "bool")
_TAGS = ("keyframes", "procedural", "expr", "sine", "noise1d")
_SIGNALS = {"sine": ItemOf(Sine), "noise1d": ItemOf(Noise1d)}


class AnimSpec(Spec):
    """An animated value of one lane type; `number` bounds its constants and keys, component by component."""

    def __init__(self, lane: Lane, number: Num | None = None, *, uniform: bool = False) -> None:
        self.lane = lane
        self.number = number or Num()
        self.uniform = uniform
        self.value: Spec = {
            "f64": self.number,
            "vec2": Vec2Spec(self.number, uniform=uniform),
            "colour": ColourSpec(),
            "bool": _BOOL,
        }[lane]

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, float):
            value = self.value.read(ctx, raw)
            return BAD if value is BAD else _made(Constant, value=value)
        if isinstance(raw, str) and raw[:1] == "=":
            return read_expression(ctx, raw, self.types())
        if isinstance(raw, Constant | Keyframes | Procedural | Expr | SplitVec2):
            return raw
        if isinstance(raw, str) and self.lane != "colour":
            hint = "write it without quotes" if is_number(raw) else "an expression begins with `=`"
            return ctx.error("type", "an animated value is expected", found=raw, allowed=self.forms(), hint=hint)
        if isinstance(raw, dict):
            for tag in _TAGS:
                if tag in raw:
                    return self._tagged(ctx, tag, raw)
            if self.lane in ("f64", "bool"):
                key = next((key for key in raw if isinstance(key, str)), "")
                return ctx.error(
                    "type", "an animated value is expected", found=raw, allowed=self.forms(), hint=nearest(key, _TAGS)
                )
        if self.lane == "vec2" and not isinstance(raw, int | float):
            split = self._split(ctx, raw)
            if split is not None:
                return split
        value = self.value.read(ctx, raw)
        return BAD if value is BAD else _made(Constant, value=value)

    def types(self) -> tuple[Type, ...]:
        """Return the types that an expression may have."""
        return (Type.VEC2, Type.F64) if self.uniform else (_TYPES[self.lane],)

    def forms(self) -> str:
        """Return the forms of an animated value in words."""
        what = {"f64": "a number", "vec2": "[x, y]", "colour": "a colour", "bool": "true or false"}[self.lane]
        return f'{what}, "=expression", {{"expr"}}, {{"keyframes"}} or {{"procedural"}}'

    def _split(self, ctx: Reader, raw: Any) -> Any:
        """Read a vector of two animated components, or return None for one of two plain numbers."""
        pair = split_pair(ctx, raw)
        if pair is BAD:
            return BAD
        if all(isinstance(item, int | float) for _part, item in pair):
            return None
        lane = AnimSpec("f64", self.number)
        out = []
        for part, item in pair:
            ctx.parts.append(part)
            out.append(lane.read(ctx, item))
            ctx.parts.pop()
        return BAD if BAD in out else _made(SplitVec2, x=out[0], y=out[1])

    def _tagged(self, ctx: Reader, tag: str, raw: dict[str, Any]) -> Any:
        if len(raw) > 1:
            check_keys(ctx, raw, (tag,))
            return BAD
        body = raw[tag]
        ctx.parts.append(tag)
        if tag == "expr":
            made = read_expression(ctx, body, self.types())
        elif tag == "keyframes":
            made = self._keyframes(ctx, body)
        elif tag == "procedural":
            made = self._procedural(ctx, body)
        else:
            made = self._signal_of(ctx, tag, body)
        ctx.parts.pop()
        return made

    def _keyframes(self, ctx: Reader, body: Any) -> Any:
        fields: dict[str, Any] = {}
        mode: Ease = LINEAR
        raw_keys = body
        listed = not isinstance(body, dict)
        if not listed:
            check_keys(ctx, body, ("keys", "mode", "default", "name", "meta"))
            raw_keys = body.get("keys", [])
            specs = {"mode": EaseSpec(), "default": self.value, "name": Text(), "meta": Json()}
            for key, spec in specs.items():
                if body.get(key) is not None:
                    ctx.parts.append(key)
                    fields[key] = spec.read(ctx, body[key])
                    ctx.parts.pop()
            mode = fields.pop("mode", LINEAR)
        if not isinstance(raw_keys, list | tuple):
            return ctx.error("type", "a list of keyframes is expected", found=raw_keys, at=() if listed else ("keys",))
        if not listed:
            ctx.parts.append("keys")
        keys = []
        for index, raw_key in enumerate(raw_keys):
            ctx.parts.append(index)
            keys.append(self._key(ctx, raw_key, mode))
            ctx.parts.pop()
        bad = BAD in keys or mode is BAD or BAD in fields.values()
        frames = [None if key is BAD else key.frame for key in keys]
        for index in range(1, len(frames)):
            before, frame = frames[index - 1], frames[index]
            if before is not None and frame is not None and frame <= before:
                bad = True
                ctx.error(
                    "order",
                    "keyframes must be at strictly increasing frames",
                    found=frame,
                    allowed=f"> {before}",
                    at=(index, "frame"),
                )
        if not listed:
            ctx.parts.pop()
        if not keys and fields.get("default") is None:
            return ctx.error("missing", "keyframes need at least one key, or a `default`")
        return BAD if bad else _made(Keyframes, keys=tuple(keys), **{**_NO_EXTRAS, **fields})

    def _key(self, ctx: Reader, raw: Any, mode: Ease) -> Any:
        if isinstance(raw, Key):
            return raw
        if not isinstance(raw, dict):
            return ctx.error("type", "a keyframe is expected", found=raw, allowed='{"frame", "value", "ease"}')
        values: dict[str, Any] = {"ease": mode, "name": None, "meta": None}
        for key, spec in (
            ("frame", _KEY_FRAME),
            ("value", self.value),
            ("ease", _EASE),
            ("name", _TEXT),
            ("meta", _JSON),
        ):
            if key in raw and not (raw[key] is None and key in ("ease", "name", "meta")):
                ctx.parts.append(key)
                values[key] = spec.read(ctx, raw[key])
                ctx.parts.pop()
            elif key in ("frame", "value"):
                values[key] = ctx.error("missing", f"`{key}` is required", allowed="frame, value")
        check_keys(ctx, raw, ("frame", "value", "ease", "name", "meta"))
        return BAD if BAD in values.values() else _made(Key, **values)

    def _procedural(self, ctx: Reader, body: Any) -> Any:
        if not isinstance(body, dict):
            return ctx.error("type", "an object is expected", found=body, allowed='{"kind", "params"}')
        if len(body) == 1 and (body.keys() & _SIGNALS.keys()):
            return self._signal(ctx, body)
        check_keys(ctx, body, ("kind", "params"))
        kind = body.get("kind", "scalar")
        if kind not in ("scalar", "vec2") or (kind == "vec2" and self.lane != "vec2"):
            allowed = "scalar, vec2" if self.lane == "vec2" else "scalar"
            return ctx.error("value", "unknown procedural kind", found=kind, allowed=allowed, at=("kind",))
        if "params" not in body:
            return ctx.error("missing", "`params` is required")
        params = body["params"]
        ctx.parts.append("params")
        if kind == "scalar":
            made = self._signal(ctx, params)
        else:
            made = BAD
            pair = split_pair(ctx, params)
            if pair is not BAD:
                x, y = (self._component(ctx, part, item) for part, item in pair)
                made = BAD if BAD in (x, y) else _made(Procedural, x=x.x, y=y.x)
        ctx.parts.pop()
        return made

    def _component(self, ctx: Reader, part: str | int, raw: Any) -> Any:
        ctx.parts.append(part)
        made = self._signal(ctx, raw)
        ctx.parts.pop()
        return made

    def _signal(self, ctx: Reader, raw: Any) -> Any:
        if not isinstance(raw, dict) or len(raw) != 1 or not (raw.keys() & _SIGNALS.keys()):
            names = [key for key in raw if isinstance(key, str)] if isinstance(raw, dict) else []
            hint = nearest(names[0][:80], _SIGNALS) if names else None
            return ctx.error("type", "a signal is expected", found=raw, allowed='{"sine"} or {"noise1d"}', hint=hint)
        ((tag, body),) = raw.items()
        ctx.parts.append(tag)
        made = self._signal_of(ctx, tag, body)
        ctx.parts.pop()
        return made

    def _signal_of(self, ctx: Reader, tag: str, body: Any) -> Any:
        if self.lane not in ("f64", "vec2"):
            return ctx.error("type", f"a {self.lane} has no procedural form", allowed=self.forms())
        before = len(ctx.problems)
        made = _SIGNALS[tag].read(ctx, body)
        return BAD if len(ctx.problems) > before else _made(Procedural, x=made, y=None)

    def animated_name(self) -> str:
        """Return the name of the JSON Schema definition of the forms that are no constants."""
        return f"Animated_{self.lane}" + ("_uniform" if self.uniform else "")

    def schema(self) -> JsonSchema:
        forms = [self.value.schema(), {"$ref": f"#/$defs/{self.animated_name()}"}]
        if self.lane == "vec2":
            scalar = AnimSpec("f64", self.number).schema()
            forms += [
                {"type": "array", "items": scalar, "minItems": 2, "maxItems": 2},
                {
                    "type": "object",
                    "properties": {"x": scalar, "y": scalar},
                    "required": ["x", "y"],
                    "additionalProperties": False,
                },
            ]
        return {"anyOf": forms}


class ExprSpec(Spec):
    """An expression that is evaluated once, when a session starts: `"=..."` or `{"expr": "=..."}`."""

    def __init__(self, *types: Type) -> None:
        self.types = types

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Expr):
            return raw
        if isinstance(raw, dict) and raw.keys() == {"expr"}:
            ctx.parts.append("expr")
            made = read_expression(ctx, raw["expr"], self.types, once=True)
            ctx.parts.pop()
            return made
        return read_expression(ctx, raw, self.types, once=True)

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/Expression"}


def read_expression(ctx: Reader, raw: Any, types: tuple[Type, ...], *, once: bool = False) -> Any:
    """Return an expression; it is checked when its composition has been read, and all names are known.

    Args:
        types: that its value may have. once: it is evaluated when a session starts.
    """
    text = check_text(ctx, raw)
    if text is BAD:
        return BAD
    if not text.startswith("=") or not text[1:].strip():
        hint = f'write "={text}"' if text.strip("= ") and len(text) < 40 else None
        return ctx.error("expression", "an expression begins with `=`", found=text, allowed='"=..."', hint=hint)
    if ctx.scope is not None:
        ctx.scope.expressions.append(Written(tuple(ctx.parts), ctx.node_id, text, types, once))
    return _made(Expr, source=text, types=types, path=pointer(ctx.parts))


def _made(cls: type[Model], **values: Any) -> Any:
    return build(cls, values)


_TYPES = {"f64": Type.F64, "vec2": Type.VEC2, "colour": Type.COLOUR, "bool": Type.BOOL}
_BOOL = Bool()
_NO_EXTRAS = {"default": None, "name": None, "meta": None}
_EASE, _TEXT, _JSON, _KEY_FRAME = EaseSpec(), Text(), Json(), Frames(-MAX_FRAMES)
