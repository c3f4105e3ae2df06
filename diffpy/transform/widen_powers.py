"""Take the power of two ints for a float where only floats are computed of it.

    t = 10 ** -k      (an int)      becomes      t = float(10 ** -k)
    s += x * t                                   s += x * t

In Python an int to a negative power is a float, and one to a large power has any number of bits;
the kind of both is that of an int of 64 bits. A product or a sum with a float begins by making the
int a float, so that nothing changes if that is done where the power is made. Signs and factors
that are ints are taken along (``2 * 10 ** -k * x``); sums are not, because they may cancel. What
stays an int refuses a negative exponent when it runs (`diffpy.runtime.special.int_power`).

>>> from diffpy.kinds import PY_INT
>>> from diffpy.transform.emit import emit_module
>>> from diffpy.transform.ir import Const
>>> x, k, y = Var("x", PY_FLOAT), Var("k", PY_INT), Var("y", PY_FLOAT)
>>> t = Var("t", PY_INT, temporary=True)
>>> power = Instr(t, operators.integer_power, (Const(2, PY_INT), k))
>>> f = Function("f", (x, k), Block((power, Instr(y, operators.multiply, (x, t))), (y,)))
>>> print(emit_module(widen_powers(f), compiled=False).splitlines()[-2])
    y = x * float(2 ** k)
"""

from __future__ import annotations

from dataclasses import replace

from diffpy.kinds import PY_FLOAT, PY_INT, Array, Scalar
from diffpy.rules import operators
from diffpy.rules.structural import convert
from diffpy.transform.ir import (
    Atom,
    Block,
    Function,
    Instr,
    Statement,
    Var,
    blocks,
    called_functions,
    map_instructions,
    operands,
    walk,
)

_ARITHMETIC = (operators.add, operators.subtract, operators.multiply, operators.divide)
_SCALES = (operators.multiply, operators.negative)
_WIDE = ("float64", "complex128")


def widen_powers(entry: Function) -> Function:
    """The program of ``entry``, whose functions nobody else has, with its powers widened."""
    for function in called_functions(entry):
        if any(map(_is_power, walk(function.body))):
            function.body = _rewritten(function.body, _wide_values(function))
    return entry


def _is_power(s: Statement) -> bool:
    return isinstance(s, Instr) and s.primitive is operators.integer_power


def _wide_values(function: Function) -> dict[Var, Var]:
    """The ints that may be floats, and the floats in their place."""
    made: dict[Var, Instr] = {}
    users: dict[Var, list[Instr | None]] = {}  # None stands for what needs an int

    def use(atoms: tuple[Atom, ...], user: Instr | None) -> None:
        for atom in atoms:
            if isinstance(atom, Var) and atom in made:
                users.setdefault(atom, []).append(user)

    for s in walk(function.body):
        if isinstance(s, Instr):
            scales = s.primitive in _SCALES and any(a in made for a in s.args)
            if s.target is not None and s.target.kind == PY_INT and (_is_power(s) or scales):
                made[s.target] = s
            use(s.args, s)
    for s in walk(function.body):
        if not isinstance(s, Instr):
            use(operands(s), None)
            for block in blocks(s):
                use(block.yields, None)
    use(function.body.yields, None)
    wide = dict.fromkeys(made)
    size = -1
    while size != len(wide):
        size = len(wide)
        for v, s in made.items():
            still = _is_power(s) or any(a in wide for a in s.args)
            used = v in users
            if not (still and used) or not all(_takes_float(u, v, wide) for u in users[v]):
                wide.pop(v, None)
    return {v: Var(v.name, PY_FLOAT, v.temporary) for v in wide}


def _takes_float(user: Instr | None, v: Var, wide: dict[Var, None]) -> bool:
    """Whether an operation computes the same of a float."""
    if user is None or user.target is None:
        return False
    if user.primitive in _SCALES and user.target in wide:
        return True
    kind = user.target.kind
    if user.primitive is convert:
        return isinstance(kind, Scalar) and kind.dtype in _WIDE
    others = [a.kind for a in user.args if a is not v]
    return (
        user.primitive in _ARITHMETIC
        and len(others) == 1
        and isinstance(others[0], Scalar | Array)
        and others[0].dtype in _WIDE
    )


def _rewritten(block: Block, wide: dict[Var, Var]) -> Block:
    def widened(s: Instr) -> Instr:
        target = s.target if s.target is None else wide.get(s.target, s.target)
        is_wide = _is_power(s) and target is not s.target
        primitive = operators.float_power if is_wide else s.primitive
        args = tuple(wide.get(a, a) if isinstance(a, Var) else a for a in s.args)
        return replace(s, target=target, primitive=primitive, args=args)

    return map_instructions(block, widened)
