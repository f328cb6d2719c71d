"""The names of an expression in a scene: `self`, `nodes`, `vars`, `time`, and inside a repeat `item`, `index`, `count`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple, Protocol

from wavyte_gpu.expr.errors import Fault
from wavyte_gpu.expr.names import Input, Symbol, Type
from wavyte_gpu.expr.syntax import Part
from wavyte_gpu.foundation.enums import Lane

__all__ = ["PROPERTIES", "TIME_FIELDS", "Prop", "Scene", "SceneResolver", "Time", "Var", "property_name"]

NodeKey = Hashable

PROPERTIES: dict[tuple[str, ...], tuple[Lane, ...]] = {
    ("opacity",): (Lane.OPACITY,),
    ("transform", "translate"): (Lane.TRANSLATE_X, Lane.TRANSLATE_Y),
    ("transform", "rotation_rad"): (Lane.ROTATION_RAD,),
    ("transform", "scale"): (Lane.SCALE_X, Lane.SCALE_Y),
    ("transform", "anchor"): (Lane.ANCHOR_X, Lane.ANCHOR_Y),
    ("transform", "skew"): (Lane.SKEW_X, Lane.SKEW_Y),
    ("switch", "active"): (Lane.SWITCH_ACTIVE,),
}
"""What can be read of a node; angles in radians."""
TIME_FIELDS = ("frame", "fps", "progress", "duration", "seconds")
_ROOTS = ("self", "nodes", "vars", "time", "item", "index", "count")
_HINTS = {
    ("transform", "rotation_deg"): "read transform.rotation_rad, in radians",
    ("transform", "skew_deg"): "read transform.skew, in radians",
    ("layout",): "results of layout can't be read",
    ("effects",): "parameters of effects can't be read",
    ("nodes",): "nodes of another composition can't be read",
    ("kind",): "read switch.active of a switch",
}


class Prop(NamedTuple):
    """A lane of a node."""

    node: NodeKey
    lane: int


class Time(NamedTuple):
    """A field of a node's time."""

    node: NodeKey
    field: str


class Var(NamedTuple):
    """A component of a variable of the document."""

    name: str
    component: int


class Scene(Protocol):
    """What is around an expression: the nodes and variables that it can name."""

    def find(self, name: str, at: int) -> NodeKey | None:
        """Return the node of an id, None of an unknown one.

        Raises:
            Fault: there is none of a known id.
        """

    def node_names(self) -> Iterable[str]:
        """Return the known ids."""

    def lane(self, node: NodeKey, lane: Lane, at: int) -> float | Input:
        """Return the value of a lane where it is constant, else its input.

        Raises:
            Fault: the node has no such value.
        """

    def time(self, node: NodeKey, field: str) -> float | Input:
        """Return a field of a node's time."""

    def variable(self, path: tuple[Part, ...]) -> Symbol:
        """Return what `vars.name` is; Fault where it is nothing."""

    def element(self, path: tuple[Part, ...]) -> Symbol:
        """Return what `item`, `index` or `count` is; Fault where it is nothing."""


class SceneResolver:
    """Resolves the names of one expression.

    Args:
        owner: the node whose `self` and `time` they are; None where it is evaluated once, when a session starts.
    """

    def __init__(self, scene: Scene, owner: NodeKey | None) -> None:
        self._scene = scene
        self._owner = owner

    def resolve(self, path: tuple[Part, ...]) -> Symbol:
        """Return what a path names."""
        first = path[0]
        match first.name:
            case "vars":
                return self._scene.variable(path)
            case "item" | "index" | "count":
                return self._scene.element(path)
            case "self" | "nodes" | "time" if self._owner is None:
                text = f"`{first.name}` is not known here: this is evaluated once, when the session starts"
                raise Fault(first.at, text, allowed="vars, and inside a repeat item, index, count")
            case "time":
                return self._time(path)
            case "self":
                return self._property(self._owner, path, 1)
            case "nodes":
                return self._node(path)
        raise Fault.unknown(first.at, "name", first.name, _ROOTS)

    def _time(self, path: tuple[Part, ...]) -> Symbol:
        if len(path) < 2:
            raise Fault(path[0].at, "`time` needs a field", allowed=", ".join(f"time.{f}" for f in TIME_FIELDS))
        if path[1].name not in TIME_FIELDS:
            raise Fault.unknown(path[1].at, "field of time", path[1].name, TIME_FIELDS)
        return Symbol(Type.F64, (self._scene.time(self._owner, path[1].name),), 2)

    def _node(self, path: tuple[Part, ...]) -> Symbol:
        if len(path) < 2:
            raise Fault(path[0].at, "`nodes` needs the id of a node", allowed='nodes.id or nodes["id"]')
        node = self._scene.find(path[1].name, path[1].at)
        if node is None:
            raise Fault.unknown(path[1].at, "node", path[1].name, self._scene.node_names())
        return self._property(node, path, 2)

    def _property(self, node: NodeKey, path: tuple[Part, ...], used: int) -> Symbol:
        names = tuple(part.name for part in path[used : used + 2])
        lanes = PROPERTIES.get(names[:1]) or PROPERTIES.get(names)
        if lanes is None:
            known = ", ".join(".".join(p) for p in PROPERTIES)
            if not names or (len(names) == 1 and any(p[0] == names[0] for p in PROPERTIES)):
                raise Fault(path[-1].at, "a property is needed", allowed=known)
            hint = _HINTS.get(names) or _HINTS.get(names[:1])
            fault = Fault.unknown(path[used].at, "property", ".".join(names), (".".join(p) for p in PROPERTIES))
            fault.hint = hint or fault.hint
            raise fault
        at = path[used].at
        used += 1 if names[:1] in PROPERTIES else 2
        kind = Type.VEC2 if len(lanes) == 2 else Type.F64
        if len(lanes) == 2 and len(path) > used and path[used].name in ("x", "y"):
            lanes = lanes[0:1] if path[used].name == "x" else lanes[1:2]
            kind, used = Type.F64, used + 1
        return Symbol(kind, tuple(self._scene.lane(node, lane, at) for lane in lanes), used)


def property_name(lane: int) -> str:
    """Return how an expression writes a lane: `transform.translate.x`."""
    for path, lanes in PROPERTIES.items():
        if lane in lanes:
            axis = ("." + "xy"[lanes.index(Lane(lane))]) if len(lanes) == 2 else ""
            return ".".join(path) + axis
    return Lane(lane).name.lower()
