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

from diffpy.errors import MissingRuleError, UnsupportedSyntaxError
from diffpy.explain_values import fix_of
from diffpy.kinds import (
    PY_BOOL,
    PY_INT,
    Array,
    is_bool,
    is_real,
)
from diffpy.rules import operators, structural
from diffpy.rules.notation import Value
from diffpy.rules.operators import is_python
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
    Formatted,
    Static,
    TextForm,
    describe_kind,
    is_array_like,
    is_atom,
    is_none,
    is_nothing,
    is_text,
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


#: operators that mean the same of Python's bools and of NumPy's
_OF_TRUTH = (
    *(operator.and_, operator.or_, operator.xor),
    *(operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge),
)
#: operators that raise of Python's numbers, and not of NumPy's, where they divide by zero
_DIVISIONS = (operator.truediv, operator.floordiv, operator.mod)


#: a text of which diffpy cannot say what it reads
UNKNOWN_TEXT = Composite(TEXT, (Static("…"),))


def _written(how: Formatted, value: Abstract) -> str | None:
    """A value as text, if that is known while compiling."""
    if isinstance(value, Const) and value.kind not in (PY_INT, PY_BOOL):
        return None
    if not isinstance(value, Static | Const) or not isinstance(value.value, str | int | None):
        return None
    shown = {"r": repr, "a": ascii}.get(how.conversion, str)(value.value)
    return format(shown if how.conversion else value.value, how.spec)


def pieces_of(text: Abstract) -> list[str | tuple[Formatted, Abstract]]:
    """The parts that a text was made of."""
    match text:
        case Static(value=str() as known):
            return [known]
        case Composite(form=TextForm(pieces=pieces)):
            items = iter(text.items)
            return [p if isinstance(p, str) else (p, next(items)) for p in pieces]
    return [(Formatted(), text)]


class Expressions(Names):
    """How operators, tuples and lambdas are evaluated."""

    def visit_BinOp(self, node: Any) -> Abstract:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        return self.binary(BINARY[type(node.op).__name__], left, right)

    def binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        return self.distribute((left, right), lambda x, y: self._binary(function, x, y))

    def as_array(self, value: Abstract) -> Abstract:
        """What NumPy takes a value for beside an array."""
        if not is_array_like(value):
            return value
        meaning = definition_of(np.array)
        assert meaning is not None
        return self.run_definition(meaning, "array", (value,), {})

    def throw_if_none(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> None:
        """Raise what Python raises for None, where a test decides whether it comes to that."""
        if self.env.outer is not None and (is_none(left) or is_none(right)):
            kinds = f"{describe_kind(left)} and {describe_kind(right)}"
            self.throw("TypeError", f"`{function.__name__}` of {kinds}")

    def _binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if is_atom(left) and is_atom(right):
            return self.computed(function, left, right)
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
            return UNKNOWN_TEXT
        if function is operator.add and is_text(left) and is_text(right):
            return self.text([*pieces_of(left), *pieces_of(right)])
        arrays = [isinstance(getattr(v, "kind", None), Array) for v in (left, right)]
        if any(arrays) and any(map(is_array_like, (left, right))):
            return self.apply(function, self.as_array(left), self.as_array(right))
        self.throw_if_none(function, left, right)
        what = f"`{function.__name__}` of {describe_kind(left)} and {describe_kind(right)}"
        if is_nothing(left) or is_nothing(right):
            raise self.mistake(what, left if is_nothing(left) else right)
        raise self.error(what, fix=next(filter(None, map(_fix_of, (left, right))), ""))

    def visit_UnaryOp(self, node: Any) -> Abstract:
        if isinstance(node.op, gast.Not):
            return self._negated(self.truth(self.evaluate(node.operand)))
        function = _UNARY[type(node.op).__name__]
        operand = self.evaluate(node.operand)

        def action(value: Abstract) -> Abstract:
            return self._unary(function, value)

        return self.distribute((operand,), action)

    def _unary(self, function: Callable[..., Any], value: Abstract) -> Abstract:
        if is_atom(value):
            return self.computed(function, value)
        raise self.error(f"`{function.__name__}` of {describe_kind(value)}", fix=_fix_of(value))

    def computed(self, function: Callable[..., Any], *values: Any) -> Abstract:
        """An operation on numbers; where they may be Python's, nothing that Python refuses."""
        others = [v for v in values if not self.is_unsettled(v)]
        if len(others) == len(values) or not all(is_python(v.kind) for v in others):
            return self.apply(function, *values)
        self._refuse_bools(function, values)
        if function in _DIVISIONS and not getattr(values[1], "value", 0):
            structural.check_divisor(Value(values[1]))
        result = self.apply(function, *values)
        if not isinstance(result, Var | Const) or is_python(result.kind):
            return result
        if function is operator.pow and is_real(result.kind):
            structural.check_power(*map(Value, (result, *values)))
        return self.unsettled(result)

    def _refuse_bools(self, function: Callable[..., Any], values: tuple[Any, ...]) -> None:
        """Python adds its bools as ints, NumPy's ``+`` is `or`: which is it?"""
        if function not in _OF_TRUTH and all(is_bool(v.kind) for v in values):
            raise self.unsupported(
                f"`{function.__name__}` of a bool that is Python's on some ways, NumPy's on others",
                "Python computes with its bools as with ints, NumPy does not",
                "convert it where it is made, as with bool(b)",
            )

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
        raise self.unsupported(
            f"{describe_kind(value):an} is unpacked with *",
            "how many items there are must be known while compiling",
            "write the items out: v[0], v[1]",
        )

    def visit_Lambda(self, node: Any) -> Abstract:
        return self.nested_function(node)

    def visit_NamedExpr(self, node: Any) -> Abstract:
        value = self.evaluate(node.value)
        self.assign_name(node.target.id, value)
        return self.load(node.target.id)

    def visit_JoinedStr(self, node: Any) -> Abstract:
        return self.text([piece for n in node.values for piece in self._formatted(n)])

    def text(self, parts: list[str | tuple[Formatted, Abstract]]) -> Abstract:
        """A text made of texts and formatted values; known while compiling if all of it is."""
        pieces: list[str | Formatted] = []
        items: list[Abstract] = []
        for part in parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            how, value = part
            if value is UNKNOWN_TEXT:
                return value
            known = _written(how, value)
            if known is not None:
                pieces.append(known)
            else:
                pieces.append(how)
                items.append(value)
        if items:
            return Composite(TextForm(tuple(pieces)), tuple(items))
        return Static("".join(piece for piece in pieces if isinstance(piece, str)))

    def _formatted(self, node: Any) -> list[str | tuple[Formatted, Abstract]]:
        """The parts of a part of a formatted string."""
        if isinstance(node, gast.Constant):
            return [str(node.value)]
        conversion = "" if node.conversion == -1 else chr(node.conversion)
        try:
            value = self.evaluate(node.value)
        except (MissingRuleError, UnsupportedSyntaxError):  # only a message shows it
            value = UNKNOWN_TEXT
        spec = Static("") if node.format_spec is None else self.evaluate(node.format_spec)
        if not (isinstance(spec, Static) and isinstance(spec.value, str)):
            raise self.unsupported("a format is not known while compiling")
        if is_text(value) and not conversion and not spec.value:
            return pieces_of(value)
        return [(Formatted(conversion, spec.value), value)]


def _fix_of(value: Abstract) -> str:
    """What to use instead of an operand that is no number."""
    return fix_of(value.value) if isinstance(value, Static) else ""
