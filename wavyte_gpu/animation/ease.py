"""Easing functions: kinds, their dense ids, and how each is evaluated.

Every kind is a member of a family with one kernel f(w), 0..1 to 0..1, in its `in` form. `out` is 1 - f(1 - u) and
`in_out` f(2u)/2 below a half, 1 - f(2 - 2u)/2 from there, so a kind comes down to (family, mode, coefficients): a
`Segment`. Formulas are those of easings.net (R. Penner) and, for `ease_in`, `ease_out` and `ease_in_out`, the CSS
curves (css-easing-1, 2.2). Back, elastic, bezier and spring overshoot; nothing is clamped.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from wavyte_gpu.animation.bezier import build_curves
from wavyte_gpu.animation.spring import overdamped, spring_coefficients, underdamped
from wavyte_gpu.foundation import detmath

__all__ = [
    "EASES",
    "EASE_IDS",
    "FAMILY_KERNELS",
    "EaseDef",
    "EaseId",
    "Family",
    "Mode",
    "Segment",
    "compile_ease",
    "ease",
]

F64 = npt.NDArray[np.float64]
Coefficients = tuple[float, float, float, float]


class EaseId(IntEnum):
    """Dense ids of the ease kinds: positions in `EASES`. New kinds go at the end."""

    HOLD = 0
    LINEAR = 1
    EASE_IN = 2
    EASE_OUT = 3
    EASE_IN_OUT = 4
    QUAD_IN = 5
    QUAD_OUT = 6
    QUAD_IN_OUT = 7
    CUBIC_IN = 8
    CUBIC_OUT = 9
    CUBIC_IN_OUT = 10
    QUART_IN = 11
    QUART_OUT = 12
    QUART_IN_OUT = 13
    QUINT_IN = 14
    QUINT_OUT = 15
    QUINT_IN_OUT = 16
    SINE_IN = 17
    SINE_OUT = 18
    SINE_IN_OUT = 19
    EXPO_IN = 20
    EXPO_OUT = 21
    EXPO_IN_OUT = 22
    CIRC_IN = 23
    CIRC_OUT = 24
    CIRC_IN_OUT = 25
    BACK_IN = 26
    BACK_OUT = 27
    BACK_IN_OUT = 28
    ELASTIC_IN = 29
    ELASTIC_OUT = 30
    ELASTIC_IN_OUT = 31
    BOUNCE_IN = 32
    BOUNCE_OUT = 33
    BOUNCE_IN_OUT = 34
    CUBIC_BEZIER = 35
    SPRING = 36


class Family(IntEnum):
    """Kernels. A batch is grouped by these, not by kinds."""

    HOLD = 0
    LINEAR = 1
    POLY = 2
    SINE = 3
    EXPO = 4
    CIRC = 5
    ELASTIC = 6
    BOUNCE = 7
    BEZIER = 8
    SPRING_UNDER = 9
    SPRING_OVER = 10


class Mode(IntEnum):
    """How a kernel is laid over the segment."""

    IN = 0
    OUT = 1
    IN_OUT = 2


@dataclass(frozen=True, slots=True)
class Segment:
    """An ease bound to a segment: what is left to evaluate.

    `coefficients` are the kernel's; of a bezier they are x1, y1, x2, y2.
    """

    family: Family
    mode: Mode = Mode.IN
    coefficients: Coefficients = (0.0, 0.0, 0.0, 0.0)

    @property
    def flip_at(self) -> float:
        """The u from which the mirrored kernel is used."""
        return (math.inf, -math.inf, 0.5)[self.mode]

    @property
    def scale(self) -> float:
        """1, or 2 where two kernels share the segment."""
        return 2.0 if self.mode is Mode.IN_OUT else 1.0


@dataclass(frozen=True, slots=True)
class EaseDef:
    """One kind of ease. `params` names what a document states; `bind` turns them and the seconds into a `Segment`."""

    name: str
    params: tuple[str, ...]
    bind: Callable[[tuple[float, ...], float], Segment]

    def __call__(self, u: npt.ArrayLike, *params: float, seconds: float = 1.0) -> F64:
        """Return the eased progress; see `ease`."""
        return ease(EASE_IDS[self.name], u, params, seconds=seconds)


# --- kernels: flat w in 0..1, then coefficients, one per element --------------------------------------------------

_ONE, _TEN, _HALF, _ZERO = (np.array(v) for v in (1.0, 10.0, 0.5, 0.0))
_ELEVEN_QUARTERS = np.array(2.75)
_BOUNCE_EDGES = np.array([1.0, 2.0, 2.5])
_BOUNCE_CENTRE = np.array([0.0, 1.5, 2.25, 2.625])
_BOUNCE_FLOOR = np.array([0.0, 0.75, 0.9375, 0.984375])


def _poly(w: F64, c2: F64, c3: F64, c4: F64, c5: F64) -> F64:
    """Return c2 w^2 + c3 w^3 + c4 w^4 + c5 w^5."""
    y = w * c5
    y += c4
    y *= w
    y += c3
    y *= w
    y += c2
    y *= w
    y *= w
    return y


def _sine(w: F64) -> F64:
    """Return 1 - cos(pi w / 2)."""
    y = detmath.cospi_bounded(w * _HALF)
    np.subtract(_ONE, y, out=y)
    return y


def _expo(w: F64) -> F64:
    """Return 2^(10 w - 10), 0 at 0."""
    x = w - _ONE
    x *= _TEN
    y = detmath.exp2_bounded(x)
    y *= w > _ZERO
    return y


def _circ(w: F64) -> F64:
    """Return 1 - sqrt(1 - w^2)."""
    y = w * w
    np.subtract(_ONE, y, out=y)
    np.sqrt(y, out=y)
    np.subtract(_ONE, y, out=y)
    return y


def _elastic(w: F64, half_turns: F64) -> F64:
    """Return 2^(10 v) cos(pi half_turns v) with v = w - 1, 0 at 0: easings.net's shifted sine is this cosine."""
    v = w - _ONE
    y = detmath.exp2_bounded(v * _TEN)
    v *= half_turns
    y *= detmath.cospi_bounded(v)
    y *= w > _ZERO
    return y


def _bounce(w: F64) -> F64:
    """Return 1 - out(1 - w); in z = 11/4 (1 - w) the arcs of `out` are (z - centre)^2 + floor, exact at the joints."""
    z = _ONE - w
    z *= _ELEVEN_QUARTERS
    arc = np.searchsorted(_BOUNCE_EDGES, z, side="right")
    z -= _BOUNCE_CENTRE.take(arc)
    z *= z
    z += _BOUNCE_FLOOR.take(arc)
    np.subtract(_ONE, z, out=z)
    return z


# By Family, with the number of coefficients. HOLD and LINEAR need none; a bezier is evaluated by its `CurveTable`.
FAMILY_KERNELS: tuple[tuple[Callable[..., F64], int] | None, ...] = (
    None,
    None,
    (_poly, 4),
    (_sine, 0),
    (_expo, 0),
    (_circ, 0),
    (_elastic, 1),
    (_bounce, 0),
    None,
    (underdamped, 4),
    (overdamped, 4),
)


# --- the registry -------------------------------------------------------------------------------------------------

_NONE: Coefficients = (0.0, 0.0, 0.0, 0.0)
_BACK = 2.70158 - 1.0  # 1.70158, so that 1 + _BACK is exact and the curve ends at exactly 1
_BACK_IN_OUT = _BACK * 1.525


def _fixed(name: str, family: Family, mode: Mode = Mode.IN, coefficients: Coefficients = _NONE) -> EaseDef:
    segment = Segment(family, mode, coefficients)
    return EaseDef(name, (), lambda params, seconds: segment)


def _modes(
    name: str, family: Family, coefficients: Coefficients = _NONE, both: Coefficients | None = None
) -> tuple[EaseDef, ...]:
    """Return the kinds `name_in`, `name_out` and `name_in_out`; the last may differ by `both`."""
    return (
        _fixed(f"{name}_in", family, Mode.IN, coefficients),
        _fixed(f"{name}_out", family, Mode.OUT, coefficients),
        _fixed(f"{name}_in_out", family, Mode.IN_OUT, both or coefficients),
    )


def _bind_bezier(params: tuple[float, ...], seconds: float) -> Segment:
    x1, y1, x2, y2 = params
    return Segment(Family.BEZIER, Mode.IN, (x1, y1, x2, y2))


def _bind_spring(params: tuple[float, ...], seconds: float) -> Segment:
    stiffness, damping, mass = params
    over, coefficients = spring_coefficients(stiffness, damping, mass, seconds)
    return Segment(Family.SPRING_OVER if over else Family.SPRING_UNDER, Mode.IN, coefficients)


EASES: tuple[EaseDef, ...] = (
    _fixed("hold", Family.HOLD),
    _fixed("linear", Family.LINEAR),
    _fixed("ease_in", Family.BEZIER, Mode.IN, (0.42, 0.0, 1.0, 1.0)),
    _fixed("ease_out", Family.BEZIER, Mode.IN, (0.0, 0.0, 0.58, 1.0)),
    _fixed("ease_in_out", Family.BEZIER, Mode.IN, (0.42, 0.0, 0.58, 1.0)),
    *_modes("quad", Family.POLY, (1.0, 0.0, 0.0, 0.0)),
    *_modes("cubic", Family.POLY, (0.0, 1.0, 0.0, 0.0)),
    *_modes("quart", Family.POLY, (0.0, 0.0, 1.0, 0.0)),
    *_modes("quint", Family.POLY, (0.0, 0.0, 0.0, 1.0)),
    *_modes("sine", Family.SINE),
    *_modes("expo", Family.EXPO),
    *_modes("circ", Family.CIRC),
    *_modes("back", Family.POLY, (-_BACK, _BACK + 1.0, 0.0, 0.0), (-_BACK_IN_OUT, _BACK_IN_OUT + 1.0, 0.0, 0.0)),
    *_modes("elastic", Family.ELASTIC, (20.0 / 3.0, 0.0, 0.0, 0.0), (40.0 / 9.0, 0.0, 0.0, 0.0)),
    *_modes("bounce", Family.BOUNCE),
    EaseDef("cubic_bezier", ("x1", "y1", "x2", "y2"), _bind_bezier),
    EaseDef("spring", ("stiffness", "damping", "mass"), _bind_spring),
)

# Names are looked up by the normalise stage only.
EASE_IDS: dict[str, EaseId] = {definition.name: EaseId(i) for i, definition in enumerate(EASES)}


def compile_ease(kind: EaseId, params: tuple[float, ...], seconds: float) -> Segment:
    """Bind an ease to a segment of `seconds`.

    Raises:
        ValueError: the count or a value of `params` is wrong.
    """
    definition = EASES[kind]
    if len(params) != len(definition.params):
        raise ValueError(f"{definition.name} takes {len(definition.params)} parameters, found {len(params)}")
    return definition.bind(tuple(map(float, params)), seconds)


def ease(kind: EaseId, u: npt.ArrayLike, params: tuple[float, ...] = (), *, seconds: float = 1.0) -> F64:
    """Return the eased progress of one kind.

    Args:
        kind: which ease.
        u: progress, any shape; below 0 counts as 0 and above 1 as 1, where the result is exactly 0 and 1.
        params: x1, y1, x2, y2 of a bezier; stiffness, damping, mass of a spring; empty otherwise.
        seconds: the segment's duration, a spring's time axis.

    Returns:
        float64 of the shape of `u`. `hold` is 0 below 1.
    """
    segment = compile_ease(kind, params, seconds)
    array = np.asarray(u, dtype=np.float64)
    flat = np.where(array > 0.0, np.where(array < 1.0, array, 1.0), 0.0).reshape(-1)
    if segment.family is Family.HOLD:
        eased = np.zeros_like(flat)
    else:
        flip = flat >= segment.flip_at
        w = np.where(flip, 1.0 - flat, flat) * segment.scale
        eased = _kernel(segment, w) / segment.scale
        eased = np.where(flip, 1.0 - eased, eased)
    eased = np.where(flat >= 1.0, 1.0, np.where(flat <= 0.0, 0.0, eased))
    return eased.reshape(array.shape)


def _kernel(segment: Segment, w: F64) -> F64:
    if segment.family is Family.LINEAR:
        return w
    if segment.family is Family.BEZIER:
        return build_curves([segment.coefficients]).evaluate(w, np.zeros(w.shape, dtype=np.int64))
    kernel = FAMILY_KERNELS[segment.family]
    assert kernel is not None
    function, count = kernel
    return function(w, *(np.full(w.shape, c) for c in segment.coefficients[:count]))
