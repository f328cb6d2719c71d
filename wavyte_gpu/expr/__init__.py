"""Expressions: text to syntax, types, bytecode, and the machine that runs all of a composition's expressions for a batch of frames."""

from wavyte_gpu.expr.check import Typed, check
from wavyte_gpu.expr.constant import Element, evaluate_constant, resolve_element, resolve_variable
from wavyte_gpu.expr.errors import Fault, located
from wavyte_gpu.expr.graph import evaluation_order
from wavyte_gpu.expr.lower import lower
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.expr.names import Input, Resolver, Symbol, Type, constant_symbol
from wavyte_gpu.expr.program import Program, ProgramBuilder
from wavyte_gpu.expr.syntax import Part, Syntax, parse

__all__ = [
    "BoundProgram",
    "Element",
    "Fault",
    "Input",
    "Part",
    "Program",
    "ProgramBuilder",
    "Resolver",
    "Symbol",
    "Syntax",
    "Type",
    "Typed",
    "check",
    "constant_symbol",
    "evaluate_constant",
    "evaluation_order",
    "located",
    "lower",
    "parse",
    "resolve_element",
    "resolve_variable",
]
