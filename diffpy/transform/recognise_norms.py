"""Recognise roots of sums of squares: their derivative at zero is taken for zero.

    d = np.sqrt((diff * diff).sum(-1))      the distance of a point to itself is 0

A root has an infinite slope at zero. If a sum of squares is zero, then so are the slopes of the
squares, and the product of the two is not a number, even where the adjoint is zero because the
element is masked afterwards. But a sum of squares has a minimum there: for a finite adjoint that is
zero the derivative of the whole is zero, whatever the program does with the root, and for any other
one there is a kink, whose derivative is zero by convention, as that of ``abs``.

``abs(x)**2`` of a real number is written ``x**2``, which has a second derivative at zero.

>>> from diffpy.kinds import PY_FLOAT
>>> from diffpy.rules.elementwise import sqrt
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
from diffpy.rules.notation import NormSlope
from diffpy.rules.reductions import sum_all, sum_axis
from diffpy.rules.registry import Primitive
from diffpy.rules.structural import broadcast_to, convert, copy, gather, index
from diffpy.rules.views import ravel, reshape
from diffpy.transform.analyse_storage import Storage, analyse_storage
from diffpy.transform.ir import (
    Atom,
    Block,
    Const,
    Function,
    Instr,
    Statement,
    Var,
    map_instructions,
    targets,
    walk,
)

#: what leaves squares squares
_PARTS = {sum_all, sum_axis, index, gather, reshape, ravel, broadcast_to, convert, copy}
_ROOTS = {"np.sqrt", "math.sqrt"}


@cache
def _of_squares(root: Primitive) -> Primitive:
    """The same operation with another derivative at zero."""

    def slope(out: Any, *operands: Any) -> NormSlope:
        return NormSlope(0.5, out)

    nothing = [None] * (len(root.partials or ()) - 1)
    return replace(root, name=f"{root.name} of squares", partials=(slope, *nothing))


def recognise_norms(function: Function) -> Block:
    """The body of a function with its roots of sums of squares replaced."""
    statements = list(walk(function.body))
    roots = [s for s in statements if isinstance(s, Instr) and _is_root(s)]
    even = [s for s in statements if isinstance(s, Instr) and _is_even_power(s)]
    if not (roots or even):
        return function.body
    squares = _Squares({v: s for s in statements for v in targets(s)}, analyse_storage(function))
    norms = [s for s in roots if squares.holds(s.args[0])]
    found = {s: replace(s, primitive=_of_squares(s.primitive)) for s in norms}
    for s in even:
        base = squares.base(s.args[0])
        if base is not s.args[0]:
            found[s] = replace(s, args=tuple(base if a is s.args[0] else a for a in s.args))
    if not found:
        return function.body
    return map_instructions(function.body, lambda s: found.get(s, s))


def _is_root(s: Instr) -> bool:
    if s.primitive.name in _ROOTS:
        return True
    powers = (operators.power, operators.python_power, operators.numpy_power)
    return s.primitive in powers and isinstance(s.args[1], Const) and s.args[1].value == 0.5


def _is_even_power(s: Instr) -> bool:
    first, *others = s.args or (None,)
    if s.primitive is operators.multiply:
        return first is others[0]
    if s.primitive.name == "np.square":
        return True
    exponent = others[0].value if others and isinstance(others[0], Const) else None
    return s.primitive.name in ("**", "np.power") and exponent in (2, 4)


class _Squares:
    """Which variables are sums of squares, and of what."""

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
        if made.primitive in _PARTS:
            return self.holds(made.args[0])
        sums = (operators.add, operators.multiply)
        return _is_even_power(made) or (made.primitive in sums and all(map(self.holds, made.args)))

    def base(self, a: Atom) -> Atom:
        """``x`` of ``abs(x)`` if it is real and nothing is stored into either; else itself."""
        made = self._makers.get(a) if isinstance(a, Var) else None
        if not isinstance(made, Instr) or made.primitive is not operators.absolute:
            return a
        base = made.args[0]
        stored = any(isinstance(v, Var) and self._storage.is_written(v) for v in (a, base))
        return a if stored or base.kind != a.kind or type_code(a.kind) != "f" else base
