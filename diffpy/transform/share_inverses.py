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

from diffpy.kinds import NP_FLOAT, PY_FLOAT, Kind, Scalar
from diffpy.rules import operators
from diffpy.transform.analyse_exactness import analyse_exactness
from diffpy.transform.ir import Block, Const, For, Function, If, Instr, Statement, Var, While


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
    divisions = [
        (v, s) for s in statements if isinstance(s, Instr) and (v := _divisor(s, exact)) is not None
    ]
    counts = Counter(v for v, _ in divisions)
    # Python's own division has been done in the forward sweep, so that it does not raise now;
    # an adjoint that is divided by zero is NumPy's, and raises nothing
    done = {v for v, s in divisions if s.target is not None and operators.is_python(s.target.kind)}
    inverses: dict[Var, Var] = {}
    made: list[Statement] = []
    for s in statements:
        divisor = _divisor(s, exact)
        if divisor is not None and counts[divisor] > 1:
            assert isinstance(s, Instr)
            if divisor not in inverses:
                one = Const(1.0, PY_FLOAT if divisor in done else NP_FLOAT)
                inverses[divisor] = inverse = Var("inverse", one.kind)
                made.append(Instr(inverse, operators.divide, (one, divisor), (), s.line))
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
    match s:
        case Instr(args=(a, Var() as divisor)):
            divides = s.primitive is operators.divide and s.target not in exact
            if divides and _is_double(a.kind) and _is_double(divisor.kind):
                return divisor
    return None


def _is_double(kind: Kind) -> bool:
    return isinstance(kind, Scalar) and kind.dtype == "float64"
