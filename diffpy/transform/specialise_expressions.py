"""Operators and displays.

What is known while compiling is computed here and leaves no code; operations on numbers and arrays
become primitives through the definitions of the functions in Python's module ``operator``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from diffpy.kinds import (
    PY_INT,
    Array,
)
from diffpy.rules import operators
from diffpy.rules.registry import definition_of
from diffpy.transform.ir import (
    Atom,
    Const,
    Var,
)
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.specialise_names import Names
from diffpy.transform.values import (
    TEXT,
    TUPLE,
    Abstract,
    Composite,
    Static,
    describe_kind,
    is_atom,
    is_tuple,
    tuple_of,
)

BINARY: dict[str, Callable[..., Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "Pow": operator.pow,
    "MatMult": operator.matmul,
    "BitAnd": operator.and_,
    "BitOr": operator.or_,
    "BitXor": operator.xor,
    "LShift": operator.lshift,
    "RShift": operator.rshift,
}


_UNARY: dict[str, Callable[..., Any]] = {
    "USub": operator.neg,
    "UAdd": operator.pos,
    "Invert": operator.invert,
}


class Expressions(Names):
    """How operators, tuples and lambdas are evaluated."""

    def visit_BinOp(self, node: Any) -> Abstract:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        return self.binary(BINARY[type(node.op).__name__], left, right)

    def binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        return self.distribute((left, right), lambda x, y: self._binary(function, x, y))

    def _binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if is_atom(left) and is_atom(right):
            return self.apply(function, left, right)
        if isinstance(left, Composite) and isinstance(right, Composite):
            if function is operator.add and is_tuple(left) and is_tuple(right):
                return Composite(TUPLE, left.items + right.items)
        for one, other in ((left, right), (right, left)):
            if function is operator.mul and isinstance(one, Composite) and is_tuple(one):
                if isinstance(other, Const) and other.kind == PY_INT:
                    return Composite(TUPLE, one.items * other.value)
        if isinstance(left, Static) and isinstance(right, Static):
            try:
                return Static(function(left.value, right.value))
            except TypeError:
                pass
        if isinstance(left, Static) and isinstance(left.value, str) and function is operator.mod:
            return Static(left.value)
        arrays = [isinstance(getattr(v, "kind", None), Array) for v in (left, right)]
        if any(arrays) and (is_tuple(left) or is_tuple(right)):
            as_array = definition_of(np.array)
            if as_array is not None:
                left, right = (
                    self.run_definition(as_array, "array", (v,), {}) if is_tuple(v) else v
                    for v in (left, right)
                )
                return self.apply(function, left, right)
        raise self.error(
            f"`{function.__name__}` of {describe_kind(left)} and {describe_kind(right)}"
        )

    def visit_UnaryOp(self, node: Any) -> Abstract:
        if isinstance(node.op, gast.Not):
            return self._negated(self.truth(self.evaluate(node.operand)))
        function = _UNARY[type(node.op).__name__]
        operand = self.evaluate(node.operand)

        def action(value: Abstract) -> Abstract:
            if is_atom(value):
                return self.apply(function, value)
            raise self.error(f"`{function.__name__}` of {describe_kind(value)}")

        return self.distribute((operand,), action)

    def _negated(self, test: bool | Atom) -> Atom:
        if isinstance(test, bool):
            return FALSE if test else TRUE
        if isinstance(test, Const):
            return FALSE if test.value else TRUE
        return self.builder.value(operators.logical_not, test)

    def _as_atom(self, value: Abstract) -> Atom:
        assert isinstance(value, Var | Const)
        return value

    def _as_test(self, value: Abstract) -> bool | Atom:
        atom = self._as_atom(value)
        return bool(atom.value) if isinstance(atom, Const) else atom

    # --- displays ---

    def visit_Tuple(self, node: Any) -> Abstract:
        items: list[Abstract] = []
        for element in node.elts:
            if isinstance(element, gast.Starred):
                items += self.unpacked(self.evaluate(element.value))
            else:
                items.append(self.evaluate(element))
        return tuple_of(*items)

    def visit_List(self, node: Any) -> Abstract:
        value = self.visit_Tuple(node)
        assert isinstance(value, Composite)
        return tuple_of(*value.items, cls=list)

    def unpacked(self, value: Abstract) -> list[Abstract]:
        if isinstance(value, Composite) and is_tuple(value):
            return list(value.items)
        raise self.unsupported(f"a {describe_kind(value)} is unpacked with *")

    def visit_Lambda(self, node: Any) -> Abstract:
        return self.nested_function(node)

    def visit_NamedExpr(self, node: Any) -> Abstract:
        value = self.evaluate(node.value)
        self.assign_name(node.target.id, value)
        return value

    def visit_JoinedStr(self, node: Any) -> Abstract:
        parts = [self._formatted(n) for n in node.values]
        text = Static("".join("{…}" if part is None else part for part in parts))
        return Composite(TEXT, (text,)) if None in parts else text

    def _formatted(self, node: Any) -> str | None:
        """A part of a formatted string, or None if it is not known while compiling."""
        if isinstance(node, gast.Constant):
            return str(node.value)
        if isinstance(node.value, gast.Name) and node.format_spec is None:
            value = self.load(node.value.id)
            if isinstance(value, Static) and isinstance(value.value, str) and node.conversion == -1:
                return value.value
        return None
