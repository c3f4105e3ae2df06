"""Do the last calls of a recursion without calling.

A call costs more than a small function's arithmetic, and in a tree of calls most are leaves. So
the base case is copied to where a function calls itself; where it does so in one place only,
the whole body is, which halves the number of calls:

    def f(x, n):                       def f(x, n):
        if n < 2:                          if n < 2:
            return x                           return x
        y = f(x, n - 1)        ->          if n - 1 < 2:
        return y + f(x, n - 2)                 y = x
                                           else:
                                               y = f(x, n - 1)
                                           …

>>> from diffpy.kinds import PY_BOOL, PY_FLOAT, PY_INT
>>> from diffpy.rules.operators import less, multiply, subtract
>>> from diffpy.transform.emit import emit_module
>>> from diffpy.transform.ir import Const, Instr
>>> x, y, z, r = (Var(name, PY_FLOAT) for name in "xyzr")
>>> n, m, t, two = Var("n", PY_INT), Var("m", PY_INT), Var("t", PY_BOOL, True), Const(2, PY_INT)
>>> f = Function("f", (x, n))
>>> calls = Call((y,), f, (x, m)), Call((z,), f, (y, m))
>>> again = Block((Instr(m, subtract, (n, two)), *calls), (z,))
>>> f.body = Block((Instr(t, less, (n, two)), If(t, Block((), (x,)), again, (r,))), (r,))
>>> print("\\n".join(emit_module(peel_recursion(f), compiled=False).splitlines()[3:]))
def f(x, n):
    if n < 2:
        return x
    m = n - 2
    if m < 2:
        y = x
    else:
        r = f(x, m)
        y = r
    if m < 2:
        return y
    r = f(y, m)
    return r
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from diffpy.transform.inline_calls import copy_block
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    For,
    Function,
    If,
    Instr,
    Statement,
    Var,
    While,
    called_functions,
    walk,
)

_BASE = 12  # statements of a base case that is copied to every call
_BODY = 40  # statements of a body that is copied to its only call


def peel_recursion(entry: Function) -> Function:
    """The program of ``entry`` with the calls of functions to themselves peeled."""
    functions = called_functions(entry)
    made = {f: replace(f) for f in functions}
    for f in functions:
        copied = _copied_part(f)
        made[f].body = _Peeler(f, copied, made).block(f.body)
    return made[entry]


def _copied_part(f: Function) -> Block | None:
    """What takes the place of a call of ``f`` in ``f``: its body, or that with a call inside."""
    calls = [s for s in walk(f.body) if isinstance(s, Call) and s.function is f]
    if not calls:
        return None
    size = sum(1 for _ in walk(f.body))
    loops = any(isinstance(s, For | While) for s in walk(f.body))
    *before, last = f.body.statements
    if len(calls) == 1 and size <= _BODY and not loops:
        if isinstance(last, If) and last.results == f.body.yields:
            return f.body
    if not isinstance(last, If) or len(before) > _BASE or not all(map(_is_plain, before)):
        return None
    sides = [last.then, last.orelse]
    for n, side in enumerate(sides):
        if len(side.statements) <= _BASE and all(map(_is_plain, side.statements)):
            targets = tuple(Var(r.name, r.kind, r.temporary, r.bits) for r in _atoms(f, last))
            call = Call(targets, f, f.params)  # where it will stand
            sides[1 - n] = Block((call,), targets)
            sides[n] = Block(side.statements, _yields(f, last, side))
            results = tuple(Var(t.name, t.kind, t.temporary, t.bits) for t in targets)
            return Block((*before, If(last.test, sides[0], sides[1], results)), results)
    return None


def _atoms(f: Function, last: If) -> list[Var]:
    """One variable for each result of the function, of its name."""
    return [a if isinstance(a, Var) else Var("t", a.kind, True) for a in f.body.yields]


def _yields(f: Function, last: If, side: Block) -> tuple[Atom, ...]:
    """The results of the function where one side of its last branch is taken."""
    taken = dict(zip(last.results, side.yields, strict=True))
    return tuple(taken.get(a, a) if isinstance(a, Var) else a for a in f.body.yields)


def _is_plain(s: Statement) -> bool:
    return isinstance(s, Instr) and not s.primitive.effect


class _Peeler:
    """Copies the blocks of a function; calls go to the functions as they are now."""

    def __init__(self, f: Function, copied: Block | None, made: dict[Function, Function]) -> None:
        self._function = f
        self._copied = copied
        self._made = made

    def block(self, block: Block) -> Block:
        return Block(self._statements(block.statements), block.yields)

    def _statements(self, statements: Sequence[Statement]) -> tuple[Statement, ...]:
        found: list[Statement] = []
        for s in statements:
            match s:
                case Call() if s.function is self._function and self._copied is not None:
                    found += self._peeled(s, self._copied)
                case Call():
                    found.append(replace(s, function=self._made[s.function]))
                case If():
                    found.append(replace(s, then=self.block(s.then), orelse=self.block(s.orelse)))
                case For():
                    found.append(replace(s, body=self.block(s.body)))
                case While():
                    found.append(replace(s, test=self.block(s.test), body=self.block(s.body)))
                case _:
                    found.append(s)
        return tuple(found)

    def _peeled(self, call: Call, copied: Block) -> list[Statement]:
        renamed: dict[Var, Atom] = dict(zip(self._function.params, call.args, strict=True))
        body = copy_block(copied, renamed, call.line)
        *before, last = _Peeler(self._function, None, self._made).block(body).statements
        assert isinstance(last, If)
        return [*before, replace(last, results=call.targets)]
