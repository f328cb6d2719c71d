"""What a field of the document may hold: each `Spec` reads one kind of value, checks it and describes it in JSON Schema."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import core_schema

from wavyte_gpu.foundation.errors import Problem, SchemaError, nearest
from wavyte_gpu.foundation.timebase import frames_from_seconds, parse_seconds
from wavyte_gpu.schema.reader import BAD, MAX_FRAMES, Reader, brief

__all__ = [
    "MAX_META_NESTING",
    "Bool",
    "Enum",
    "Frames",
    "Int",
    "Json",
    "ListOf",
    "MapOf",
    "Num",
    "Spec",
    "Text",
    "check_keys",
    "check_text",
    "errors_of",
    "is_number",
    "read_number",
]

JsonSchema = dict[str, Any]
MAX_META_NESTING = 64


class Spec:
    """How one kind of value is read. Subclasses define `read` and `schema`; `doc` is a line for the JSON Schema."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        """Return the canonical form of `raw`, or `BAD` after noting a problem."""
        raise NotImplementedError

    def schema(self) -> JsonSchema:
        """Return the JSON Schema of every form that `read` accepts."""
        raise NotImplementedError

    def coerce(self, value: Any) -> Any:
        """Read a value given in Python, outside any document.

        Raises:
            SchemaError: with every problem found in it.
        """
        from wavyte_gpu.schema.kinds import EFFECTS, TRANSITIONS

        ctx = Reader(EFFECTS, TRANSITIONS)
        result = self.read(ctx, value)
        errors = errors_of(ctx.problems)
        if errors:
            raise SchemaError(errors)
        return result

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.coerce)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> JsonSchema:
        return self.schema()


def check_keys(ctx: Reader, raw: Mapping[Any, Any], known: Iterable[str]) -> None:
    """Note a problem for every key of an object that is not among the known ones."""
    names = list(known)
    for key in raw:
        if key not in names:
            text = key if isinstance(key, str) else repr(key)
            ctx.error(
                "unknown_field",
                f"unknown field {brief(text)}",
                allowed=", ".join(names),
                hint=nearest(text[:80], names),
                at=(text,),
            )


def read_number(ctx: Reader, raw: Any, what: str = "a number") -> Any:
    """Return a finite float64, or `BAD`; bools and texts are no numbers."""
    if isinstance(raw, float):
        return raw if math.isfinite(raw) else ctx.error("value", "the number must be finite", found=raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        hint = None
        if isinstance(raw, str):
            hint = "write it without quotes" if is_number(raw) else None
        return ctx.error("type", f"{what} is expected", found=raw, allowed=what, hint=hint)
    try:
        return float(raw)
    except OverflowError:
        return ctx.error("value", "the number is too large", text="a huge number")


def is_number(text: str) -> bool:
    """Tell whether a text is a number in quotes."""
    try:
        return len(text) < 40 and math.isfinite(float(text))
    except ValueError:
        return False


def check_text(ctx: Reader, raw: Any) -> Any:
    """Return a text that can be written as UTF-8, or `BAD`."""
    if not isinstance(raw, str):
        return ctx.error("type", "a text is expected", found=raw, allowed="a text")
    if not raw.isascii():
        try:
            raw.encode("utf-8")
        except UnicodeEncodeError:
            return ctx.error("value", "the text holds a lone surrogate, which is no character", found=raw)
    return raw


class Num(Spec):
    """A finite number. Bounds are inclusive, `gt` and `lt` exclusive."""

    def __init__(
        self, *, ge: float | None = None, gt: float | None = None, le: float | None = None, lt: float | None = None
    ) -> None:
        self.ge, self.gt, self.le, self.lt = ge, gt, le, lt

    def read(self, ctx: Reader, raw: Any) -> Any:
        value = read_number(ctx, raw)
        return value if value is BAD else self.check(ctx, value)

    def check(self, ctx: Reader, value: float) -> Any:
        """Return a number that lies within the bounds, or `BAD`."""
        if (
            (self.ge is None or value >= self.ge)
            and (self.gt is None or value > self.gt)
            and (self.le is None or value <= self.le)
            and (self.lt is None or value < self.lt)
        ):
            return value
        return ctx.error("range", "the number is out of range", found=value, allowed=self.bounds())

    def bounds(self) -> str:
        """Return the bounds as a short text."""
        pairs = ((">=", self.ge), (">", self.gt), ("<=", self.le), ("<", self.lt))
        return " and ".join(f"{sign} {bound:g}" for sign, bound in pairs if bound is not None) or "any number"

    def schema(self) -> JsonSchema:
        pairs = {
            "minimum": self.ge,
            "exclusiveMinimum": self.gt,
            "maximum": self.le,
            "exclusiveMaximum": self.lt,
        }
        return {"type": "number", **{key: bound for key, bound in pairs.items() if bound is not None}}


class Int(Spec):
    """A whole number in [lo, hi]; `limit` gives values above `hi` the code "limit"."""

    def __init__(self, lo: int, hi: int = MAX_FRAMES, *, limit: bool = False) -> None:
        self.lo, self.hi, self.limit = lo, hi, limit

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        if isinstance(raw, bool) or not isinstance(raw, int):
            hint = "write it without quotes" if isinstance(raw, str) and is_number(raw) else None
            return ctx.error("type", "a whole number is expected", found=raw, allowed=self.bounds(), hint=hint)
        if raw > self.hi and self.limit:
            return ctx.error("limit", "the number exceeds a limit", found=raw, allowed=self.bounds())
        if not self.lo <= raw <= self.hi:
            return ctx.error("range", "the number is out of range", found=raw, allowed=self.bounds())
        return raw

    def bounds(self) -> str:
        """Return the bounds as a short text."""
        return f"a whole number, {self.lo}..{self.hi}"

    def schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self.lo, "maximum": self.hi}


class Frames(Int):
    """A count of frames, or a time such as `"1.5s"`, rounded half up at the composition's frame rate."""

    def __init__(self, lo: int = 0) -> None:
        super().__init__(lo)

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, str):
            seconds = parse_seconds(raw)
            if seconds is None:
                return ctx.error(
                    "type", "frames are expected", found=raw, allowed='a whole number of frames or a text like "1.5s"'
                )
            if ctx.fps is None:
                return ctx.error("value", "seconds need a frame rate, which is known inside a document only", found=raw)
            raw = frames_from_seconds(seconds, ctx.fps)
        elif isinstance(raw, float) and not raw.is_integer():
            return ctx.error("type", "frames are whole", found=raw, allowed='a whole number or a text like "1.5s"')
        return super().read(ctx, raw)

    def schema(self) -> JsonSchema:
        seconds = {"type": "string", "pattern": r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*s\s*$"}
        return {"anyOf": [super().schema(), seconds]}


class Bool(Spec):
    """`true` or `false`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        return raw if isinstance(raw, bool) else ctx.error("type", "true or false is expected", found=raw)

    def schema(self) -> JsonSchema:
        return {"type": "boolean"}


class Enum(Spec):
    """One of some names; `aliases` are other spellings of them."""

    def __init__(self, *names: str, aliases: Mapping[str, str] | None = None) -> None:
        self.names = names
        self.aliases = dict(aliases or {})

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, str):
            if raw in self.names:
                return raw
            if raw in self.aliases:
                return self.aliases[raw]
            hint = nearest(raw[:80], [*self.names, *self.aliases]) or nearest(raw[:80].lower(), self.names)
            return ctx.error(
                "value", f"unknown value {brief(raw)}", found=raw, allowed=", ".join(self.names), hint=hint
            )
        return ctx.error("type", "a name is expected", found=raw, allowed=", ".join(self.names))

    def schema(self) -> JsonSchema:
        return {"enum": [*self.names, *self.aliases]}


class Text(Spec):
    """A text; `template` ones may name variables as `{{name}}`."""

    def __init__(self, *, nonempty: bool = False, template: bool = False) -> None:
        self.nonempty, self.template = nonempty, template

    def read(self, ctx: Reader, raw: Any) -> Any:
        text = check_text(ctx, raw)
        if text is BAD:
            return BAD
        if self.nonempty and not text:
            return ctx.error("value", "the text must not be empty", found=text)
        if self.template and "{{" in text:
            from wavyte_gpu.schema.variables import check_template

            check_template(ctx, text)
        return text

    def schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1} if self.nonempty else {"type": "string"}


class Json(Spec):
    """Any JSON value, kept as it is; nesting is bounded so that it can be written again."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        stack = [(raw, 0)]
        while stack:
            value, depth = stack.pop()
            if depth > MAX_META_NESTING:
                return ctx.error("limit", "free JSON nests too deep", allowed=f"{MAX_META_NESTING} levels")
            if isinstance(value, dict):
                if not all(isinstance(key, str) and check_text(ctx, key) is not BAD for key in value):
                    return ctx.error("type", "keys are texts", found=value)
                stack.extend((item, depth + 1) for item in value.values())
            elif isinstance(value, list | tuple):
                stack.extend((item, depth + 1) for item in value)
            elif isinstance(value, str):
                if check_text(ctx, value) is BAD:
                    return BAD
            elif isinstance(value, float):
                if not math.isfinite(value):
                    return ctx.error("value", "the number must be finite", found=value)
            elif not (value is None or isinstance(value, int)):
                return ctx.error("type", "this is no JSON value", found=value)
            elif not isinstance(value, bool) and value is not None and abs(value) >= 2**64:
                return ctx.error("value", "the number is too large", text="a huge number")
        return _frozen_copy(raw)

    def schema(self) -> JsonSchema:
        return {}


def _frozen_copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen_copy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_frozen_copy(item) for item in value]
    return value


class ListOf(Spec):
    """A list whose items are all of one kind, kept as a tuple."""

    def __init__(self, item: Spec, *, lo: int = 0, hi: int | None = None) -> None:
        self.item, self.lo, self.hi = item, lo, hi

    def read(self, ctx: Reader, raw: Any) -> Any:
        if not isinstance(raw, list | tuple):
            return ctx.error("type", "a list is expected", found=raw, allowed=self.counts())
        if len(raw) < self.lo or (self.hi is not None and len(raw) > self.hi):
            return ctx.error("value", "the list has a wrong length", text=f"{len(raw)} items", allowed=self.counts())
        out = []
        for index, item in enumerate(raw):
            ctx.parts.append(index)
            value = self.item.read(ctx, item)
            ctx.parts.pop()
            if value is not BAD:
                out.append(value)
        return BAD if self.hi == self.lo and len(out) != len(raw) else tuple(out)

    def counts(self) -> str:
        """Return how many items there may be."""
        if self.hi == self.lo:
            return f"a list of {self.lo}"
        return f"a list of at least {self.lo}" if self.lo else "a list"

    def schema(self) -> JsonSchema:
        out: JsonSchema = {"type": "array", "items": self.item.schema()}
        if self.lo:
            out["minItems"] = self.lo
        if self.hi is not None:
            out["maxItems"] = self.hi
        return out


class MapOf(Spec):
    """An object from free, non-empty keys to values of one kind."""

    def __init__(self, item: Spec) -> None:
        self.item = item

    def read(self, ctx: Reader, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return ctx.error("type", "an object is expected", found=raw, allowed="an object")
        out = {}
        for key, item in raw.items():
            if not isinstance(key, str) or not key or check_text(ctx, key) is BAD:
                ctx.error("value", "a key must be a text that is not empty", found=key)
                continue
            ctx.parts.append(key)
            value = self.item.read(ctx, item)
            ctx.parts.pop()
            out[key] = None if value is BAD else value
        return out

    def schema(self) -> JsonSchema:
        return {"type": "object", "additionalProperties": self.item.schema(), "propertyNames": {"minLength": 1}}


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Return the errors among some problems."""
    return [problem for problem in problems if problem.severity == "error"]
