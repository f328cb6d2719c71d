"""The base of the canonical models, and how an object of fields is read into one.

A field of a model is declared once, `radius_px: Annotated[Anim, AnimSpec("f64", Num(ge=0))]`; its spec turns every
shorthand into the one canonical form, both when JSON is read and when the model is built in Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.spec import Json, JsonSchema, Spec, Text, check_keys

__all__ = ["Item", "ItemOf", "Model", "build", "fields_of", "plain"]


class Model(BaseModel):
    """Base of the canonical models: immutable, closed, equal by content."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_by_name=True, validate_by_alias=True)

    def to_json(self) -> Any:
        """Return the canonical JSON form: tags written out, defaults left out."""
        out = {}
        for json_name, (name, _spec, default, _required) in fields_of(type(self)).items():
            value = getattr(self, name)
            if value is not default and (default is None or value != default):
                out[json_name] = plain(value)
        return out

    TAG: ClassVar[str | None] = None
    """The key under which the object stands where several kinds may: `{"leaf": {...}}`."""
    ORDERED: ClassVar[bool] = False
    """Whether the fields are read in the order of the model, because later ones need earlier ones."""

    def tagged(self) -> Any:
        """Return the canonical JSON form with its tag around it."""
        return self.to_json() if self.TAG is None else {self.TAG: self.to_json()}

    @classmethod
    def finish(cls, ctx: Reader, values: dict[str, Any], raw: dict[str, Any]) -> None:
        """Check and complete the values of all fields together; `values` is changed in place."""

    @classmethod
    def prepare(cls, ctx: Reader, raw: dict[str, Any]) -> dict[str, Any]:
        """Return `raw` with its shorthands for whole groups of fields written out."""
        return raw


def plain(value: Any) -> Any:
    """Return the canonical JSON form of any value that a model holds."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value.tagged() if type(value) in _FIELDS or isinstance(value, Model) else value


_FIELDS: dict[type, dict[str, tuple[str, Spec, Any, bool]]] = {}
_DEFAULTS: dict[type, tuple[dict[str, Any], list[str]]] = {}
_SCALARS = frozenset((float, int, str, bool, type(None)))


def fields_of(cls: type[Model]) -> dict[str, tuple[str, Spec, Any, bool]]:
    """Return JSON name -> (field name, spec, default, required) of a model, in the order of its fields."""
    found = _FIELDS.get(cls)
    if found is None:
        found = _FIELDS[cls] = {}
        for name, info in cls.model_fields.items():
            spec = next((m for m in info.metadata if isinstance(m, Spec)), None)
            if spec is not None:
                default = None if info.is_required() else info.get_default(call_default_factory=True)
                found[info.alias or name] = (name, spec, default, info.is_required())
        _DEFAULTS[cls] = (
            {name: default for name, _spec, default, _required in found.values()},
            [key for key, field in found.items() if field[3]],
        )
    return found


def build(cls: type[Model], values: dict[str, Any]) -> Any:
    """Return a model of values that are canonical already, without a second validation."""
    made = cls.__new__(cls)
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", set(values))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


class ItemOf(Spec):
    """An object with the fields of one `Item` class."""

    def __init__(self, cls: type[Model] | str) -> None:
        self._cls = cls

    @property
    def cls(self) -> type[Model]:
        """The class; a name is looked up once all classes exist."""
        if isinstance(self._cls, str):
            self._cls = next(c for c in _subclasses(Model) if c.__name__ == self._cls)
        return self._cls

    def read(self, ctx: Reader, raw: Any) -> Any:
        cls = self.cls
        if isinstance(raw, cls):
            return raw
        if not isinstance(raw, dict):
            return ctx.error("type", "an object is expected", found=raw, allowed="an object", hint=self.hint(raw))
        return self.read_fields(ctx, cls.prepare(ctx, raw))

    def hint(self, raw: Any) -> str | None:
        """Return advice for a value that is no object."""
        return None

    def read_fields(self, ctx: Reader, raw: dict[str, Any]) -> Any:
        """Read every field of an object; fields that fail get their default, so that all problems are found."""
        cls = self.cls
        fields = fields_of(cls)
        defaults, needed = _DEFAULTS[cls]
        values = defaults.copy()
        parts = ctx.parts
        unknown = False
        for key in (
            [key for key in fields if key in raw] + [key for key in raw if key not in fields] if cls.ORDERED else raw
        ):
            field = fields.get(key)
            if field is None:
                unknown = True
                continue
            name, spec, default, required = field
            value = raw[key]
            if value is None and default is None and not required:
                continue
            parts.append(key)
            value = spec.read(ctx, value)
            parts.pop()
            if value is not BAD:
                values[name] = value
        if unknown:
            check_keys(ctx, raw, fields)
        for key in needed:
            if key not in raw:
                ctx.error("missing", f"`{key}` is required", allowed=f"required: {', '.join(needed)}")
        cls.finish(ctx, values, raw)
        return build(cls, values)

    def schema(self) -> JsonSchema:
        return {"$ref": f"#/$defs/{self.cls.__name__}"}


def _subclasses(cls: type[Model]) -> Iterable[type[Model]]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)


class Item(Model):
    """Base of what the document writes as an object of fields: each may carry `name` and free `meta`."""

    name: Annotated[str | None, Text()] = None
    meta: Annotated[Any, Json()] = None
