"""Which values must keep their last bit.

A derivative may round differently from the function, as long as it takes the same branches:

    y = x * c / d
    if y > 1.0:            y and what it is computed from must be exact, z need not be
        z = x / d

>>> from diffpy.kinds import PY_BOOL, PY_FLOAT
>>> from diffpy.rules.operators import divide, greater
>>> from diffpy.transform.ir import Block, Const
>>> x, y, z, d = (Var(name, PY_FLOAT) for name in "xyzd")
>>> t, r = Var("t", PY_BOOL), Var("r", PY_FLOAT)
>>> inside = If(t, Block((Instr(z, divide, (x, d)),), (z,)), Block((), (x,)), (r,))
>>> tests = Instr(y, divide, (x, d)), Instr(t, greater, (y, Const(1.0, PY_FLOAT)))
>>> f = Function("f", (x, d), Block((*tests, inside), (r,)))
>>> sorted(v.name for v in analyse_exactness(f))
['d', 't', 'x', 'y']
"""

from __future__ import annotations

from collections.abc import Callable

from diffpy.kinds import Scalar, is_real
from diffpy.rules import operators
from diffpy.rules.structural import index
from diffpy.transform.ir import Atom, Call, For, Function, If, Instr, Var, While, walk


def analyse_exactness(function: Function) -> set[Var]:
    """The variables that control flow, indices, integers, stores and calls are computed from."""
    sources: dict[Var, list[Atom]] = {}
    waiting: list[Atom] = []
    for s in walk(function.body):
        match s:
            case Instr():
                if s.target is None or not _rounds_alike(s) or s.primitive.effect:
                    waiting += s.args
                else:
                    sources[s.target] = list(s.args)
            case Call():
                waiting += s.args
            case If():
                waiting.append(s.test)
                for result, *taken in zip(s.results, s.then.yields, s.orelse.yields, strict=True):
                    sources[result] = taken
            case For() | While():
                if isinstance(s, While):
                    waiting += s.test.yields
                else:
                    waiting += [s.start, s.stop, s.step]
                if s.exits:
                    waiting.append(s.body.yields[-1])
                for head, result, init, last in zip(s.heads, s.results, s.inits, s.body.yields):
                    sources[head] = [init, last]
                    sources[result] = [init, last]
    exact: set[Var] = set()
    while waiting:
        atom = waiting.pop()
        if isinstance(atom, Var) and atom not in exact:
            exact.add(atom)
            waiting += sources.get(atom, ())
    return exact


def _rounds_alike(s: Instr) -> bool:
    """Whether an operand that is off by its last bit changes a result by little more."""
    assert s.target is not None
    if not isinstance(s.target.kind, Scalar) or not is_real(s.target.kind):
        return False
    partials: tuple[Callable[..., object] | None, ...] | None = s.primitive.partials
    if s.primitive is index or partials is None:
        return False
    return any(p is not None for p in partials) and s.primitive is not operators.remainder
