"""Multiply once by a gathered factor where a loop scales a value by several fixed ones.

    for _ in range(n):                       for _ in range(n):
        power = (x - y) * c          ->          factor = c * dt / m
        x += power * dt / m                      x += (x - y) * factor

`hoist_invariants` then takes the factor out of the loop, and its adjoint is collected once: the
loop is left without the divisions, forward and reverse. A lone division by a fixed value becomes
a multiplication by its inverse.

The new arithmetic rounds differently, by some units in the last place. So this is done only where
nothing but a derivative comes of it (`grad`, not `value_and_grad`), and never to a value on which
control flow, an index, a store or a call depends: the same branches are taken, the same exceptions
raised. The factor is the partial derivative of the scaled value, so that where it leaves the range
of floats, the derivative does.

>>> from diffpy.kinds import PY_FLOAT, PY_INT
>>> from diffpy.transform.emit import emit_module
>>> a, b, c, n = (Var(name, PY_FLOAT) for name in "abcn")
>>> i, x, t, y = Var("i", PY_INT), *(Var(name, PY_FLOAT, True) for name in "xty")
>>> body = (Instr(t, operators.multiply, (x, a)), Instr(y, operators.divide, (t, b)))
>>> start, step, r = Const(0, PY_INT), Const(1, PY_INT), Var("r", PY_FLOAT)
>>> loop = For(i, start, Const(9, PY_INT), step, (x,), (c,), Block(body, (y,)), (r,))
>>> f = gather_factors(Function("f", (a, b, c), Block((loop,), (r,))))
>>> print("\\n".join(emit_module(f, compiled=False).splitlines()[4:]))
    r = c
    for _ in range(9):
        r * a
        r = r * (a / b)
    return r
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from diffpy.kinds import Kind, Scalar, is_real
from diffpy.rules import operators
from diffpy.transform.analyse_exactness import analyse_exactness
from diffpy.transform.build import Builder
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
    block_arguments,
    operands,
    targets,
    walk,
)

_Scaling = tuple[Var, Atom | None]  # what is scaled; the factor or divisor, None for a sign


def gather_factors(function: Function) -> Function:
    """The function with the scalings of its loops gathered; calls are left alone."""
    if not any(isinstance(s, For | While) for s in walk(function.body)):
        return function
    exact = analyse_exactness(function)

    def visit(block: Block) -> Block:
        return Block(tuple(map(statement, block.statements)), block.yields)

    def statement(s: Statement) -> Statement:
        match s:
            case If():
                return replace(s, then=visit(s.then), orelse=visit(s.orelse))
            case For() | While():
                arguments = frozenset(block_arguments(s))
                return replace(s, body=_Gatherer(visit(s.body), arguments, exact).gathered())
            case _:
                return s

    return replace(function, body=visit(function.body))


class _Gatherer:
    """Rewrites the statements that stand directly in a loop's body."""

    def __init__(self, body: Block, arguments: frozenset[Var], exact: set[Var]) -> None:
        self._body = body
        self._exact = exact
        self._changing = set(arguments)
        for s in body.statements:
            fixed = isinstance(s, Instr) and not s.primitive.effect and self._is_fixed(*s.args)
            if not (fixed and all(isinstance(v.kind, Scalar) for v in targets(s))):
                self._changing.update(targets(s))
        self._scalings = {
            s.target: found
            for s in body.statements
            if isinstance(s, Instr) and s.target is not None and (found := self._scaling(s))
        }
        uses = Counter(a for a in body.yields if isinstance(a, Var))
        for s in walk(body):
            uses.update(a for a in operands(s) if isinstance(a, Var))
            for inner in _inner_yields(s):
                uses[inner] += 1
        scaled = Counter(x for x, _ in self._scalings.values())
        #: nobody asks for these once their scalings are gathered
        self._passing = {v for v in self._scalings if scaled[v] == uses[v]}

    def _is_fixed(self, *atoms: Atom) -> bool:
        return all(isinstance(a, Const) or a not in self._changing for a in atoms)

    def _scaling(self, s: Instr) -> _Scaling | None:
        if s.target in self._exact or not all(_same_float(a.kind, s) for a in s.args):
            return None
        first, *rest = s.args
        if s.primitive is operators.negative and isinstance(first, Var):
            return None if self._is_fixed(first) else (first, None)
        for x, factor in ((first, *rest), (*rest, first)) if len(rest) == 1 else ():
            if isinstance(x, Var) and not self._is_fixed(x) and self._is_fixed(factor):
                if s.primitive is operators.multiply:
                    return x, factor
                if s.primitive is operators.divide and x is first:
                    return x, factor
        return None

    def gathered(self) -> Block:
        builder = Builder()
        known: dict[Var, tuple[Var, Atom]] = {}
        with builder.block() as statements:
            for s in self._body.statements:
                builder.line = getattr(s, "line", None)
                made = isinstance(s, Instr) and self._rewritten(s, builder, known)
                builder.add(made or s)
        return Block(tuple(statements), self._body.yields)

    def _rewritten(
        self, s: Instr, builder: Builder, known: dict[Var, tuple[Var, Atom]]
    ) -> Instr | None:
        """The scaling with all factors in one, where that saves an operation."""
        scaling = None if s.target is None else self._scalings.get(s.target)
        if scaling is None:
            return None
        assert s.target is not None
        x, factor = scaling
        gathers = x in known and x in self._passing
        base, before = known[x] if gathers else (x, Const(1.0, s.target.kind))
        if factor is None:
            total = builder.value(operators.negative, before)
        elif s.primitive is operators.multiply:
            total = builder.value(operators.multiply, before, factor)
        elif gathers or not isinstance(factor, Const):
            total = builder.value(operators.divide, before, factor)
        else:
            return None
        if isinstance(total, Var) and total is not factor:
            total.name = "factor"
        known[s.target] = base, total
        if not gathers and s.primitive is not operators.divide:
            return None
        return replace(s, primitive=operators.multiply, args=(base, total))


def _same_float(kind: Kind, s: Instr) -> bool:
    """Whether an operand is of the result's kind, so that the factor raises what it raises."""
    target = s.target
    return target is not None and kind == target.kind and isinstance(kind, Scalar) and is_real(kind)


def _inner_yields(s: Statement) -> list[Var]:
    inner: tuple[Block, ...] = ()
    match s:
        case If():
            inner = (s.then, s.orelse)
        case For():
            inner = (s.body,)
        case While():
            inner = (s.test, s.body)
    return [a for block in inner for a in block.yields if isinstance(a, Var)]
