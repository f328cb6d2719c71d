"""Types of an expression: every name is resolved, every function's arguments fit. One loop over the arena."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wavyte_gpu.expr.errors import Fault
from wavyte_gpu.expr.functions import CONSTANTS, FUNCTIONS, OPERATORS, Function
from wavyte_gpu.expr.names import OPAQUE, Resolver, Symbol, Type
from wavyte_gpu.expr.syntax import Form, Syntax, parse

__all__ = ["Typed", "check"]

_MEMBERS = {Type.VEC2: "xy", Type.COLOUR: "rgba"}
_LITERALS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class Typed:
    """A checked expression.

    Attributes:
        arena, types: the nodes and their types. symbols: of the paths, by node; parts already selected by members.
    """

    source: str
    arena: tuple[Syntax, ...]
    types: tuple[Type, ...]
    symbols: dict[int, Symbol]

    @property
    def type(self) -> Type:
        """The type of its value."""
        return self.types[-1]


def check(source: str, resolver: Resolver, want: Sequence[Type] = ()) -> tuple[Typed | None, list[Fault]]:
    """Parse and check an expression.

    Args:
        source: the text with its `=`.
        want: the types that its value may have; none for any.

    Returns:
        The expression, None where something is wrong, and all that is.
    """
    try:
        arena = parse(source)
    except Fault as fault:
        return None, [fault]
    faults: list[Fault] = []
    types: list[Type] = []
    symbols: dict[int, Symbol] = {}
    for i, node in enumerate(arena):
        try:
            types.append(_type(i, node, arena, types, symbols, resolver))
        except Fault as fault:
            faults.append(fault)
            types.append(Type.ANY)
    last = types[-1]
    if want and last not in want and last is not Type.ANY:
        hint = "write vec2(x, y)" if Type.VEC2 in want and last is Type.F64 else None
        text = " or ".join(t.value for t in want) + " is expected"
        allowed = "true or false" if want == (Type.BOOL,) else None
        faults.append(Fault(arena[-1].at, text, found=last.value, allowed=allowed, hint=hint, code="type"))
    for i, symbol in symbols.items() if not faults else ():
        if symbol.type in OPAQUE and i != len(arena) - 1:
            what = "numbers, bools, vec2s and colours can be computed with"
            faults.append(Fault(arena[i].at, f"{symbol.type.value} can't be used here", allowed=what, code="type"))
    return (None if faults else Typed(source, arena, tuple(types), symbols)), faults


def _type(
    i: int,
    node: Syntax,
    arena: tuple[Syntax, ...],
    types: list[Type],
    symbols: dict[int, Symbol],
    resolver: Resolver,
) -> Type:
    args = [types[a] for a in node.args]
    match node.form:
        case Form.NUMBER:
            return Type.F64
        case Form.PATH:
            symbol = symbols[i] = _resolve(node, resolver)
            return symbol.type
        case Form.MEMBER:
            return _member(node, args[0])
        case Form.NEGATE:
            if args[0] in (Type.F64, Type.VEC2, Type.ANY):
                return args[0]
            raise Fault(node.at, "`-` needs a number or a vec2", found=args[0].value, code="type")
        case Form.NOT:
            if args[0] in (Type.BOOL, Type.ANY):
                return Type.BOOL
            raise Fault(node.at, "`!` needs a bool", found=args[0].value, hint=_as_bool(args[0]), code="type")
        case Form.CALL:
            return _call(node, args, arena)


def _resolve(node: Syntax, resolver: Resolver) -> Symbol:
    first = node.path[0]
    if first.name in CONSTANTS:
        symbol = Symbol(Type.F64, (CONSTANTS[first.name],), 1)
    elif first.name in _LITERALS:
        symbol = Symbol(Type.BOOL, (_LITERALS[first.name],), 1)
    elif first.name in FUNCTIONS:
        raise Fault(first.at, f"`{first.name}` is a function", hint=f"write {FUNCTIONS[first.name].usage}")
    else:
        symbol = resolver.resolve(node.path)
    for part in node.path[symbol.used :]:
        fake = Syntax(Form.MEMBER, part.at, part.name)
        kind = _member(fake, symbol.type)
        at = _MEMBERS[symbol.type].index(part.name) if symbol.type in _MEMBERS else 0
        symbol = Symbol(kind, symbol.parts[at : at + 1], symbol.used)
    return symbol


def _member(node: Syntax, base: Type) -> Type:
    if base is Type.ANY:
        return Type.ANY
    names = _MEMBERS.get(base, "")
    if node.name in tuple(names):
        return Type.F64
    raise Fault.unknown(node.at, f"part of {base.value}", node.name, names, "it has no parts")


def _call(node: Syntax, args: list[Type], arena: tuple[Syntax, ...]) -> Type:
    function = OPERATORS.get(node.name) or FUNCTIONS.get(node.name)
    if function is None:
        raise Fault.unknown(node.at, "function", node.name, FUNCTIONS)
    results = {s.result for s in function.signatures if s.accepts(args)}
    if results:
        return results.pop() if len(results) == 1 else Type.ANY
    raise _mismatch(node, function, args, arena)


def _mismatch(node: Syntax, function: Function, args: list[Type], arena: tuple[Syntax, ...]) -> Fault:
    if not any(s.fits(len(args)) for s in function.signatures):
        what = f"`{node.name}` takes other arguments"
        return Fault(node.at, what, found=f"{len(args)} of them", allowed=function.usage, code="type")
    found = ", ".join(t.value for t in args)
    condition = node.name in ("if", "&&", "||") and args[0] is not Type.BOOL
    at = arena[node.args[0]].at if condition else node.at
    hint = _as_bool(args[0]) if condition else None
    return Fault(at, f"`{node.name}` can't take this", found=found, allowed=function.usage, hint=hint, code="type")


def _as_bool(found: Type) -> str | None:
    return "compare it, as in `x != 0`" if found is Type.F64 else None
