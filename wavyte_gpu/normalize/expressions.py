"""Compile the expressions of a document into one program, and bind its inputs to tracks, times and variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.expr.compiler import ExpressionCompiler, chain_text
from wavyte_gpu.expr.constant import Element, resolve_element, resolve_variable
from wavyte_gpu.expr.errors import Fault, located
from wavyte_gpu.expr.functions import Value
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.expr.names import Input, Symbol, Type
from wavyte_gpu.expr.opcodes import Op
from wavyte_gpu.expr.program import Program
from wavyte_gpu.expr.scene import Prop, SceneResolver, Time, Var
from wavyte_gpu.expr.syntax import Part
from wavyte_gpu.foundation.enums import Lane, NodeKind
from wavyte_gpu.foundation.errors import ExpressionError, Problem
from wavyte_gpu.normalize.scope import Scope
from wavyte_gpu.schema.anim import Expr

__all__ = ["Driven", "ExpressionTable", "Label", "NodeFacts", "compile_expressions"]

I32 = npt.NDArray[np.int32]
F64 = npt.NDArray[np.float64]
_TYPES = {"number": Type.F64, "bool": Type.BOOL, "vec2": Type.VEC2, "color": Type.COLOUR, "list": Type.LIST}


class Driven(NamedTuple):
    """One component of a value that an expression drives: a lane of a node, or a parameter."""

    node: int
    node_id: str
    expr: Expr
    what: str
    lane: Lane
    param: int
    axis: int
    factor: float


class Label(NamedTuple):
    """Which expression a diagnostic is about."""

    node_id: str
    what: str
    source: str
    path: str
    file: str | None


class _Names:
    """What the names of the expressions at a node mean. The document's own variables are inputs, those of references constants."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.fps = scope.instance.fps
        self.node_names = scope.node_names

    def find(self, name: str, at: int) -> str | None:
        found = self._scope.find_node(name)
        if found is None and self._scope.writes(name):
            text, allowed = self._scope.no_turn(name) or ("the node is switched off", None)
            raise Fault(at, text, found=f"'{name}'", allowed=allowed)
        return found

    def variable(self, path: tuple[Part, ...]) -> Symbol:
        instance = self._scope.instance
        if instance.prefix:
            return resolve_variable(path, instance.variables)
        name = path[1].name
        kind = _TYPES.get(instance.composition.variables[name].type, Type.TEXT)
        return Symbol(kind, tuple(Var(name, i) for i in range(kind.size)), 2)

    def element(self, path: tuple[Part, ...]) -> Symbol:
        s = self._scope
        return resolve_element(path, Element(s.item, s.index, s.count) if s.outer is not None else None)


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What expressions need of the nodes, by index: ids, kinds, durations in frames, constants of lanes, anchors in fractions."""

    ids: Sequence[str]
    kind: Sequence[int]
    duration: Sequence[int]
    base: Sequence[list[float]]
    anchor_fraction: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionTable:
    """All expressions of a composition. Column k of their results drives what `track_*[T + k]` of the IR says.

    Attributes:
        program: with its varying inputs in three sorts, below.
        track_rows, tracks: (A,) inputs that are tracks, and which.
        time_rows, time_nodes: (B,) inputs that are fields of a node's time. time_field: (B,) 0 frame, 1 progress, 2 seconds.
        seconds: (B, 2) denominator and numerator of the frame rate.
        labels: of each expression whose divisions by zero are counted.
    """

    program: Program
    track_rows: I32
    tracks: I32
    time_rows: I32
    time_nodes: I32
    time_field: I32
    seconds: F64
    labels: tuple[Label, ...]

    def bind(self, variables: Mapping[str, Any]) -> BoundProgram:
        """Return the program with the values of the document's variables; 0 for those that have none yet."""

        def value(name: Input) -> float:
            assert isinstance(name, Var)
            given = variables.get(name.name)
            if given is None:
                return 0.0
            return float(given[name.component] if isinstance(given, tuple) else given)

        return BoundProgram.bind(self.program, value)


class _Scene:
    """The surroundings of the expressions at one node."""

    def __init__(self, names: _Names, facts: NodeFacts, index: Mapping[str, int], moving: Mapping[Prop, object]) -> None:
        self._names, self._facts, self._index, self._moving = names, facts, index, moving
        self.variable = names.variable
        self.element = names.element

    def find(self, name: str, at: int) -> int | None:
        found = self._names.find(name, at)
        return self._index.get(found) if found is not None else None

    def node_names(self) -> Iterable[str]:
        return self._names.node_names()

    def lane(self, node: Any, lane: Lane, at: int) -> float | Input:
        if lane is Lane.SWITCH_ACTIVE and self._facts.kind[node] != NodeKind.SWITCH:
            raise Fault(at, "only a switch has `switch.active`")
        if lane in (Lane.ANCHOR_X, Lane.ANCHOR_Y) and self._facts.anchor_fraction[node] != (0.0, 0.0):
            raise Fault(at, "an anchor that depends on the size of its box can't be read", allowed="one in px")
        prop = Prop(node, lane)
        return prop if prop in self._moving else self._facts.base[node][lane]

    def time(self, node: Any, field: str) -> float | Input:
        if field == "fps":
            return float(self._names.fps)
        return float(self._facts.duration[node]) if field == "duration" else Time(node, field)


def compile_expressions(
    driven: Sequence[Driven],
    facts: NodeFacts,
    tracks: Mapping[Prop, int],
    scope_of: Callable[[str], Scope],
) -> tuple[ExpressionTable | None, list[Driven], dict[Driven, float]]:
    """Compile what expressions drive.

    Args:
        tracks: the track of each lane that one drives.
        scope_of: the names around a node, by its id.

    Returns:
        The table, what its columns drive, and the values of what turned out to be constant.

    Raises:
        ExpressionError: with every problem found.
    """
    index: dict[str, int] = {}
    for i, node_id in enumerate(facts.ids):
        index.setdefault(node_id, i)
    moving: dict[Prop, object] = {**tracks, **{Prop(d.node, d.lane): d for d in driven if d.lane is not Lane.PARAM}}
    compiler = ExpressionCompiler()
    b = compiler.builder
    made: dict[tuple[int, str, tuple[Type, ...]], Value | None] = {}
    labels: list[Label] = []
    problems: list[Problem] = []
    outputs: list[int] = []

    def file_of(d: Driven) -> str | None:
        return scope_of(facts.ids[d.node]).instance.definition.file

    for d in driven:
        key = (d.node, d.expr.source, d.expr.types)
        if key not in made:
            scope = scope_of(facts.ids[d.node])
            resolver = SceneResolver(_Scene(_Names(scope), facts, index, moving), d.node)
            seed = scope.instance.composition.seed
            _, value, faults = compiler.add(d.expr.source, resolver, d.expr.types, seed)
            found = [located(d.expr.source, fault, d.expr.path, d.node_id) for fault in faults]
            problems += [replace(problem, file=file_of(d)) for problem in found]
            made[key] = value
            if value is not None:
                labels.append(Label(d.node_id, d.what, d.expr.source, d.expr.path, file_of(d)))
        value = made[key]
        outputs.append(b.constant(0.0) if value is None else _component(compiler, value, d))
    props = {Prop(d.node, d.lane): out for d, out in zip(driven, outputs, strict=True) if d.lane is not Lane.PARAM}
    by_index = {i: name for name, i in index.items()}
    for chain in compiler.order(props):
        text = f"expressions read each other in a circle: {chain_text(chain, by_index)}"
        first = next(d for d in driven if Prop(d.node, d.lane) == chain[0])
        path, node_id = first.expr.path, first.node_id
        problems.append(Problem("error", "expression_cycle", text, path, file_of(first), node_id=node_id))
    if problems:
        # once where it is written, not for each turn of a repeat or each axis of a vector
        raise ExpressionError(list({(p.file, p.path, p.message, p.found): p for p in reversed(problems)}.values())[::-1])
    for prop, out in props.items():
        b.link(prop, out)
    constants = {d: v for d, out in zip(driven, outputs, strict=True) if (v := b.value(out)) is not None}
    columns = [(d, out) for d, out in zip(driven, outputs, strict=True) if d not in constants]
    if not columns:
        return None, [], constants
    return _table(b.build([out for _, out in columns]), tracks, scope_of, facts, labels), [d for d, _ in columns], constants


def _component(compiler: ExpressionCompiler, value: Value, d: Driven) -> int:
    """Return the register of what an expression drives: one component in the unit of the lane, colours premultiplied."""
    b = compiler.builder
    out = value[d.axis if len(value) > 1 else 0]
    if len(value) == 4 and d.axis < 3:
        out = b.emit(Op.MUL, out, value[3])
    if d.factor != 1.0:
        out = b.emit(Op.MUL, out, b.constant(d.factor))
    return b.emit_finite(out)


def _table(
    program: Program,
    tracks: Mapping[Prop, int],
    scope_of: Callable[[str], Scope],
    facts: NodeFacts,
    labels: list[Label],
) -> ExpressionTable:
    track_inputs = [(row, tracks[name]) for row, name in enumerate(program.varying) if isinstance(name, Prop)]
    times = [(row, name) for row, name in enumerate(program.varying) if isinstance(name, Time)]
    rates = []
    for _, name in times:
        fps = scope_of(facts.ids[int(str(name.node))]).instance.fps
        rates.append((float(fps.denominator), float(fps.numerator)))
    return ExpressionTable(
        program=program,
        track_rows=np.array([row for row, _ in track_inputs], dtype=np.int32),
        tracks=np.array([track for _, track in track_inputs], dtype=np.int32),
        time_rows=np.array([row for row, _ in times], dtype=np.int32),
        time_nodes=np.array([name.node for _, name in times], dtype=np.int32),
        time_field=np.array([("frame", "progress", "seconds").index(n.field) for _, n in times], dtype=np.int32),
        seconds=np.array(rates, dtype=np.float64).reshape(-1, 2),
        labels=tuple(labels),
    )
