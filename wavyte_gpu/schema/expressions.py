"""Checks of a composition's expressions once all of its names are known: syntax, names, types, and reading in circles."""

from __future__ import annotations

from collections.abc import Iterable

from wavyte_gpu.expr.errors import Fault, located
from wavyte_gpu.expr.names import Input, Symbol, Type
from wavyte_gpu.expr.scene import Prop, SceneResolver, Time, Var
from wavyte_gpu.expr.syntax import Part
from wavyte_gpu.foundation.enums import Lane
from wavyte_gpu.foundation.errors import Problem
from wavyte_gpu.schema.reader import Reader, Scope, Written, pointer

__all__ = ["check_expressions"]

_LEAF = "\0"  # stands for the leaf that shows an asset
_TYPES = {"number": Type.F64, "bool": Type.BOOL, "vec2": Type.VEC2, "color": Type.COLOUR, "list": Type.LIST}
_X, _Y = ("x", 0), ("y", 1)
_DRIVEN: dict[tuple[str | int, ...], tuple[Lane, ...]] = {
    ("opacity",): (Lane.OPACITY,),
    ("transform", "translate"): (Lane.TRANSLATE_X, Lane.TRANSLATE_Y),
    ("transform", "rotation_deg"): (Lane.ROTATION_RAD,),
    ("transform", "rotation_rad"): (Lane.ROTATION_RAD,),
    ("transform", "scale"): (Lane.SCALE_X, Lane.SCALE_Y),
    ("transform", "anchor"): (Lane.ANCHOR_X, Lane.ANCHOR_Y),
    ("transform", "anchor", "px"): (Lane.ANCHOR_X, Lane.ANCHOR_Y),
    ("transform", "skew_deg"): (Lane.SKEW_X, Lane.SKEW_Y),
    ("kind", "collection", "mode", "switch", "active"): (Lane.SWITCH_ACTIVE,),
}


class _Scene:
    """The names of a composition, whose variables have types but no values yet."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def find(self, name: str, at: int) -> str | None:
        return self._scope.written_id(name)

    def node_names(self) -> Iterable[str]:
        return self._scope.node_ids

    def lane(self, node: object, lane: Lane, at: int) -> Input:
        made = self._scope.nodes.get(str(node))
        if lane is Lane.SWITCH_ACTIVE and (node == _LEAF or (made is not None and getattr(made.kind, "mode", "") != "switch")):
            raise Fault(at, "only a switch has `switch.active`")
        if lane in (Lane.ANCHOR_X, Lane.ANCHOR_Y) and made is not None:
            anchor = made.transform.anchor
            if anchor is not None and anchor.fraction != (0.0, 0.0):
                raise Fault(at, "an anchor that depends on the size of its box can't be read", allowed="one in px")
        return Prop(node, lane)

    def time(self, node: object, field: str) -> Input:
        return Time(node, field)

    def variable(self, path: tuple[Part, ...]) -> Symbol:
        known = self._scope.variables
        if len(path) < 2:
            raise Fault(path[0].at, "`vars` needs the name of a variable", allowed="vars.name")
        name = path[1].name
        if name not in known:
            raise Fault.unknown(path[1].at, "variable", name, known, "no variable is declared")
        declared = known[name].type if known[name] is not None else None
        kind = _TYPES.get(declared, Type.TEXT) if declared else Type.ANY
        return Symbol(kind, tuple(Var(name, i) for i in range(kind.size)), 2)

    def element(self, path: tuple[Part, ...]) -> Symbol:
        if not self._scope.has_repeat:
            raise Fault(path[0].at, f"`{path[0].name}` is known inside a `repeat` only")
        if path[0].name == "item":
            return Symbol(Type.ANY, (), len(path))
        return Symbol(Type.F64, (Var(path[0].name, -1),), 1)


def check_expressions(ctx: Reader, scope: Scope) -> None:
    """Note every problem of the expressions of one composition."""
    if not scope.expressions:
        return
    from wavyte_gpu.expr.compiler import (  # loads NumPy, which documents without expressions need not
        ExpressionCompiler,
        chain_text,
    )

    scene = _Scene(scope)
    compiler = ExpressionCompiler()
    driven: dict[Prop, int] = {}
    places: dict[Prop, Written] = {}
    for written in scope.expressions:
        owner = None if written.once else written.node_id if written.node_id is not None else _LEAF
        _, value, faults = compiler.add(written.source, SceneResolver(scene, owner), written.types)
        ctx.problems += [located(written.source, f, pointer(written.parts), written.node_id) for f in faults]
        lanes = _lanes(scope, written) if value is not None else ()
        for i, lane in enumerate(lanes):
            prop = Prop(written.node_id, lane)
            driven[prop] = value[min(i, len(value) - 1)] if value is not None else -1
            places[prop] = written
    for chain in compiler.order(driven):
        where = places[chain[0]]
        text = f"expressions read each other in a circle: {chain_text(chain)}"
        ctx.problems.append(
            Problem("error", "expression_cycle", text, path=pointer(where.parts), node_id=where.node_id)
        )


def _lanes(scope: Scope, written: Written) -> tuple[Lane, ...]:
    """Return the lanes that an expression drives, of those that can be read."""
    below = written.parts[len(scope.node_ids.get(written.node_id or "", ())) :]
    if written.once or written.node_id is None or not below:  # empty where a deeper node has the same id
        return ()
    below = below[:-1] if below[-1:] == ("expr",) else below
    if below in _DRIVEN:
        return _DRIVEN[below]
    both = _DRIVEN.get(below[:-1], ())
    return both[:1] if below[-1] in _X else both[1:2] if below[-1] in _Y else ()
