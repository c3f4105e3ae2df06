"""Divide once where a reverse sweep divides several times by the same number.

    a_bar = t_bar / x                        inverse = 1.0 / x
    x_bar = t_bar * -(a / x) / x     ->      a_bar = t_bar * inverse
                                             x_bar = t_bar * -(a * inverse) * inverse

A division takes as long as four multiplications and more. The results differ in their last bits,
so this is for adjoints, and for recomputed values that nothing but an adjoint depends on.

>>> from diffpy.kinds import PY_FLOAT
>>> from diffpy.transform.emit import emit_module
>>> a, x = Var("a", PY_FLOAT), Var("x", PY_FLOAT)
>>> t, y = Var("t", PY_FLOAT, True), Var("y", PY_FLOAT)
>>> divisions = Instr(t, operators.divide, (a, x)), Instr(y, operators.divide, (t, x))
>>> f = share_inverses(Function("f", (a, x), Block(divisions, (y,)), reverse_from=0))
>>> print("\\n".join(emit_module(f, compiled=False).splitlines()[4:]))
    inverse = 1.0 / x
    y = a * inverse * inverse
    return y
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from diffpy.kinds import NP_FLOAT, Kind, Scalar
from diffpy.rules import operators
from diffpy.transform.analyse_exactness import analyse_exactness
from diffpy.transform.ir import Block, Const, For, Function, If, Instr, Statement, Var, While

_ONE = Const(1.0, NP_FLOAT)  # NumPy's: where an adjoint divides by zero, nothing is raised


def share_inverses(function: Function) -> Function:
    """The function with the divisions of each block of its reverse sweep shared."""
    start = function.reverse_from
    if start is None:
        return function
    exact = analyse_exactness(function)
    body = function.body
    reverse = _statements(body.statements[start:], exact)
    return replace(function, body=Block((*body.statements[:start], *reverse), body.yields))


def _block(block: Block, exact: set[Var]) -> Block:
    return Block(_statements(block.statements, exact), block.yields)


def _statements(statements: tuple[Statement, ...], exact: set[Var]) -> tuple[Statement, ...]:
    counts = Counter(v for s in statements if (v := _divisor(s, exact)) is not None)
    inverses: dict[Var, Var] = {}
    made: list[Statement] = []
    for s in statements:
        divisor = _divisor(s, exact)
        if divisor is not None and counts[divisor] > 1:
            assert isinstance(s, Instr)
            if divisor not in inverses:
                inverses[divisor] = inverse = Var("inverse", NP_FLOAT)
                made.append(Instr(inverse, operators.divide, (_ONE, divisor), (), s.line))
            args = (s.args[0], inverses[divisor])
            made.append(replace(s, primitive=operators.multiply, args=args))
            continue
        match s:
            case If():
                s = replace(s, then=_block(s.then, exact), orelse=_block(s.orelse, exact))
            case For() | While():
                s = replace(s, body=_block(s.body, exact))
            case _:
                pass
        made.append(s)
    return tuple(made)


def _divisor(s: Statement, exact: set[Var]) -> Var | None:
    """What a statement divides by, if that may round differently."""
    if not isinstance(s, Instr) or s.primitive is not operators.divide or s.target in exact:
        return None
    divisor = s.args[1]
    if not isinstance(divisor, Var) or not all(_is_double(a.kind) for a in s.args):
        return None
    return divisor


def _is_double(kind: Kind) -> bool:
    return isinstance(kind, Scalar) and kind.dtype == "float64"
