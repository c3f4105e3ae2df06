"""Recognise roots of sums of squares: their derivative at zero is taken for zero.

    d = np.sqrt((diff * diff).sum(-1))      the distance of a point to itself is 0

A root has an infinite slope at zero. If a sum of squares is zero, then so are the slopes of the
squares, and the product of the two is not a number, even where the adjoint is zero because the
element is masked afterwards. But a sum of squares has a minimum there: for a finite adjoint that is
zero the derivative of the whole is zero, whatever the program does with the root, and for any other
one there is a kink, whose derivative is zero by convention, as that of ``abs``.

>>> from diffpy.kinds import PY_FLOAT
>>> x, s, r = Var("x", PY_FLOAT), Var("s", PY_FLOAT), Var("r", PY_FLOAT)
>>> squares, root = Instr(s, operators.multiply, (x, x)), Instr(r, sqrt, (s,))
>>> f = Function("f", (x,), Block((squares, root), (r,)))
>>> recognise_norms(f).statements[1].primitive
<primitive np.sqrt of squares>
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from diffpy.kinds import type_code
from diffpy.rules import operators
from diffpy.rules.elementwise import sqrt
from diffpy.rules.notation import Factor, Quotient, Value
from diffpy.rules.reductions import sum_all, sum_axis
from diffpy.rules.registry import Primitive
from diffpy.rules.structural import broadcast_to, convert, copy, gather, index
from diffpy.rules.views import ravel, reshape
from diffpy.transform.analyse_storage import Storage, analyse_storage
from diffpy.transform.ir import (
    Atom,
    Block,
    Const,
    For,
    Function,
    If,
    Instr,
    Statement,
    Var,
    While,
    targets,
    walk,
)

#: what leaves squares squares
_PARTS = {sum_all, sum_axis, index, gather, reshape, ravel, broadcast_to, convert, copy}
_ROOTS = {"np.sqrt", "math.sqrt"}


class _Slope(Factor):
    """The slope of a root, ``0.5 / r``; where ``r`` is zero it is zero for a finite adjoint.

    The zero is the adjoint times another root of zero, so that the second derivative is nan there:
    that of ``r**2`` depends on what the program does with ``r``, and is not known from its slope.
    """

    def __init__(self, root: Value) -> None:
        self._root = root

    def times(self, g: Value) -> Value:
        slope = g * Quotient(0.5, self._root)
        return operators.select(operators.equal(self._root, 0.0), g * sqrt(self._root), slope)


@cache
def _of_squares(root: Primitive) -> Primitive:
    """The same operation with another derivative at zero."""

    def slope(out: Any, *operands: Any) -> _Slope:
        return _Slope(out)

    nothing = [None] * (len(root.partials or ()) - 1)
    return replace(root, name=f"{root.name} of squares", partials=(slope, *nothing))


def recognise_norms(function: Function) -> Block:
    """The body of a function with its roots of sums of squares replaced."""
    statements = list(walk(function.body))
    roots = [s for s in statements if isinstance(s, Instr) and _is_root(s)]
    if not roots:
        return function.body
    squares = _Squares({v: s for s in statements for v in targets(s)}, analyse_storage(function))
    norms = [s for s in roots if squares.holds(s.args[0])]
    found = {s: replace(s, primitive=_of_squares(s.primitive)) for s in norms}
    return _replaced(function.body, found) if found else function.body


def _is_root(s: Instr) -> bool:
    if s.primitive.name in _ROOTS:
        return True
    powers = (operators.power, operators.python_power, operators.numpy_power)
    return s.primitive in powers and isinstance(s.args[1], Const) and s.args[1].value == 0.5


class _Squares:
    """Which variables are sums of squares."""

    def __init__(self, makers: dict[Var, Statement], storage: Storage) -> None:
        self._makers = makers
        self._storage = storage

    def holds(self, a: Atom) -> bool:
        """Whether a value is made of squares and sums of them, and of nothing else."""
        made = self._makers.get(a) if isinstance(a, Var) else None
        if not isinstance(made, Instr) or type_code(a.kind) != "f":
            return False
        if isinstance(a, Var) and self._storage.is_written(a):
            return False
        if not made.args:
            return False
        first, *others = made.args
        if made.primitive in _PARTS:
            return self.holds(first)
        if made.primitive is operators.add:
            return all(map(self.holds, made.args))
        if made.primitive is operators.multiply:
            return first is others[0] or all(map(self.holds, made.args))
        if made.primitive.name == "np.square":
            return True
        exponent = others[0].value if others and isinstance(others[0], Const) else None
        return made.primitive.name in ("**", "np.power") and exponent in (2, 4)


def _replaced(block: Block, found: dict[Instr, Instr]) -> Block:
    def statement(s: Statement) -> Statement:
        match s:
            case Instr():
                return found.get(s, s)
            case If():
                return replace(s, then=_replaced(s.then, found), orelse=_replaced(s.orelse, found))
            case For():
                return replace(s, body=_replaced(s.body, found))
            case While():
                return replace(s, test=_replaced(s.test, found), body=_replaced(s.body, found))
            case _:
                return s

    return Block(tuple(map(statement, block.statements)), block.yields)
