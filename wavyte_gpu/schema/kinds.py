"""The kinds of effects and transitions as data: parameters, types, defaults, aliases, main parameter.

This table is what the document is checked against. Third parties pass further `KindSpec`s to the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wavyte_gpu.foundation.colour import WHITE, Rgba
from wavyte_gpu.schema.anim import Constant
from wavyte_gpu.schema.anim_spec import AnimSpec
from wavyte_gpu.schema.model import build
from wavyte_gpu.schema.reader import Reader
from wavyte_gpu.schema.spec import Bool, Enum, ListOf, Num, Spec, Text
from wavyte_gpu.schema.values import Vec2Spec

__all__ = ["EFFECTS", "TRANSITIONS", "KindSpec", "ParamSpec"]

Check = Callable[[Reader, dict[str, Any]], None]


@dataclass(frozen=True)
class ParamSpec:
    """One parameter. `default` is canonical; None leaves an absent parameter out of the canonical form."""

    name: str
    spec: Spec
    default: Any = None
    required: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class KindSpec:
    """One kind of effect or transition. `main` takes a bare value; `check` sees the parameters that were given."""

    kind: str
    params: tuple[ParamSpec, ...] = ()
    main: str | None = None
    check: Check | None = None

    def names(self) -> dict[str, ParamSpec]:
        """Return every accepted spelling of a parameter."""
        return {spelling: param for param in self.params for spelling in (param.name, *param.aliases)}

    def main_param(self) -> ParamSpec | None:
        """Return the main parameter."""
        return next((param for param in self.params if param.name == self.main), None)


def _constant(value: Any) -> Any:
    return build(Constant, {"value": value})


_F64 = AnimSpec("f64")
_POSITIVE = AnimSpec("f64", Num(ge=0))
_VEC2 = AnimSpec("vec2")
_COLOUR = AnimSpec("colour")


def _exclusive(ctx: Reader, params: dict[str, Any], name: str, others: tuple[str, ...]) -> None:
    for other in others:
        if name in params and other in params:
            ctx.error("conflict", f"`{name}` and `{other}` exclude each other", allowed=f"`{name}` or `{other}`")


def _check_blur(ctx: Reader, params: dict[str, Any]) -> None:
    _exclusive(ctx, params, "sigma", ("radius_px", "radius_x", "radius_y"))
    if "sigma" not in params:
        if not {"radius_px", "radius_x", "radius_y"} & params.keys():
            params["radius_px"] = _constant(8.0)
        ctx.warn_once(
            "blur_sigma",
            "sigma is radius / 2 here; the v0.3 branch of the original took radius / 3",
            hint="write `sigma` to choose it",
        )


def _check_shadow(ctx: Reader, params: dict[str, Any]) -> None:
    _exclusive(ctx, params, "sigma", ("radius_px",))
    if "sigma" not in params:
        params.setdefault("radius_px", _constant(8.0))


def _check_transform_post(ctx: Reader, params: dict[str, Any]) -> None:
    _exclusive(ctx, params, "affine", ("translate", "rotation_deg", "rotation_rad", "scale"))
    _exclusive(ctx, params, "rotation_deg", ("rotation_rad",))


def _shadow(kind: str, offset: float, colour: Rgba) -> KindSpec:
    return KindSpec(
        kind,
        (
            ParamSpec("offset", _VEC2, _constant((offset, offset))),
            ParamSpec("radius_px", _POSITIVE, aliases=("radius", "blur_radius_px", "value")),
            ParamSpec("sigma", _POSITIVE),
            ParamSpec("color", _COLOUR, _constant(colour)),
            ParamSpec("spread", _F64, _constant(0.0)),
            ParamSpec("only", Bool(), False),
        ),
        check=_check_shadow,
    )


def _amount(kind: str) -> KindSpec:
    param = ParamSpec("value", _POSITIVE, _constant(1.0), aliases=("amount",))
    return KindSpec(kind, (param,), main="value")


_FILL_RULE = Enum("nonzero", "evenodd", aliases={"even_odd": "evenodd", "non_zero": "nonzero"})

_EFFECTS = (
    KindSpec("opacity_mul", (ParamSpec("value", _F64, required=True),), main="value"),
    KindSpec(
        "transform_post",
        (
            ParamSpec("affine", ListOf(Num(), lo=6, hi=6)),
            ParamSpec("translate", _VEC2),
            ParamSpec("rotation_deg", _F64),
            ParamSpec("rotation_rad", _F64),
            ParamSpec("scale", AnimSpec("vec2", uniform=True)),
        ),
        check=_check_transform_post,
    ),
    KindSpec(
        "blur",
        (
            ParamSpec("radius_px", _POSITIVE, aliases=("radius", "blur_radius_px", "value")),
            ParamSpec("sigma", _POSITIVE),
            ParamSpec("radius_x", _POSITIVE),
            ParamSpec("radius_y", _POSITIVE),
        ),
        main="radius_px",
        check=_check_blur,
    ),
    _shadow("drop_shadow", 4.0, Rgba(0.0, 0.0, 0.0, 192 / 255)),
    _shadow("inner_shadow", 4.0, Rgba(0.0, 0.0, 0.0, 192 / 255)),
    _shadow("glow", 0.0, WHITE),
    *(_amount(kind) for kind in ("brightness", "contrast", "saturate", "grayscale", "sepia", "invert")),
    KindSpec("hue_rotate", (ParamSpec("degrees", _F64, _constant(0.0), aliases=("value",)),), main="degrees"),
    KindSpec(
        "tint",
        (
            ParamSpec("color", _COLOUR, required=True),
            ParamSpec("amount", _POSITIVE, _constant(1.0), aliases=("value",)),
        ),
        main="color",
    ),
    KindSpec(
        "color_matrix",
        (ParamSpec("matrix", ListOf(Num(), lo=20, hi=20), required=True, aliases=("value",)),),
        main="matrix",
    ),
    KindSpec(
        "clip_rect",
        (
            ParamSpec("rect", ListOf(_F64, lo=4, hi=4), required=True),
            ParamSpec("radius", _POSITIVE, _constant(0.0), aliases=("radius_px",)),
        ),
        main="rect",
    ),
    KindSpec(
        "clip_path",
        (
            ParamSpec("path", Text(nonempty=True), required=True, aliases=("svg_path_d",)),
            ParamSpec("fill_rule", _FILL_RULE, "nonzero"),
        ),
        main="path",
    ),
)

_WIPE = {"ltr": "left_to_right", "rtl": "right_to_left", "ttb": "top_to_bottom", "btt": "bottom_to_top"}
_SOFT = ParamSpec("soft_edge", Num(ge=0), 0.0)
_ORIGIN = ParamSpec("origin", Vec2Spec(), (0.5, 0.5))

_TRANSITIONS = (
    KindSpec("crossfade"),
    KindSpec("wipe", (ParamSpec("dir", Enum(*_WIPE.values(), aliases=_WIPE), "left_to_right"), _SOFT)),
    KindSpec(
        "slide", (ParamSpec("dir", Enum("left", "right", "up", "down"), "left"), ParamSpec("push", Bool(), False))
    ),
    KindSpec("zoom", (_ORIGIN, ParamSpec("from_scale", Num(ge=0), 0.8))),
    KindSpec("iris", (_ORIGIN, ParamSpec("shape", Enum("circle", "rect", "diamond"), "circle"), _SOFT)),
)

EFFECTS: Mapping[str, KindSpec] = {kind.kind: kind for kind in _EFFECTS}
TRANSITIONS: Mapping[str, KindSpec] = {kind.kind: kind for kind in _TRANSITIONS}
