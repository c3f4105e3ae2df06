"""Compute before a loop what is the same in each of its iterations.

    for _ in range(n):                       k = a * b
        k = a * b                    ->      for _ in range(n):
        x = x * k                                x = x * k

The reverse of what stands before the loop runs once; in the loop, the adjoint of ``k`` is summed.

An operation that may raise is only moved if nothing before it in the body can raise something
else, and then behind a test that the loop runs at all, so that an exception is raised exactly when
it was:

    for _ in range(n):                       if n > 0:
        k = a / b                    ->          k = a / b
        x = x * k                            else:
                                                 k = 0.0
                                             for _ in range(n):
                                                 x = x * k

>>> from diffpy.kinds import PY_FLOAT
>>> from diffpy.transform.emit import emit_module
>>> a, b, n = Var("a", PY_FLOAT), Var("b", PY_FLOAT), Var("n", PY_INT)
>>> i, k, r = Var("i", PY_INT), Var("k", PY_FLOAT), Var("r", PY_FLOAT)
>>> x, y = Var("x", PY_FLOAT, True), Var("x", PY_FLOAT, True)
>>> body = (Instr(k, operators.multiply, (a, b)), Instr(y, operators.multiply, (x, k)))
>>> start, step = Const(0, PY_INT), Const(1, PY_INT)
>>> loop = For(i, start, n, step, (x,), (a,), Block(body, (y,)), (r,))
>>> f = hoist_invariants(Function("f", (a, b, n), Block((loop,), (r,))))
>>> print("\\n".join(emit_module(f, compiled=False).splitlines()[4:]))
    k = a * b
    r = a
    for _ in range(n):
        r = r * k
    return r
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from diffpy.kinds import PY_INT, Scalar
from diffpy.rules import operators
from diffpy.rules.structural import dim, trip_count
from diffpy.transform.build import Builder
from diffpy.transform.fill_templates import checked_text
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
    free_variables,
    operands,
    substitute,
    targets,
)

_DIVISIONS = (operators.divide, operators.floor_divide, operators.remainder)


def hoist_invariants(function: Function) -> Function:
    """The function with invariant arithmetic on numbers moved out of its loops."""
    return replace(function, body=_block(function.body))


def _block(block: Block) -> Block:
    statements: list[Statement] = []
    for s in block.statements:
        match s:
            case If():
                statements.append(replace(s, then=_block(s.then), orelse=_block(s.orelse)))
            case For() | While():
                statements += _hoisted(replace(s, body=_block(s.body)))
            case _:
                statements.append(s)
    return Block(tuple(statements), block.yields)


def _hoisted(loop: For | While) -> list[Statement]:
    """What is moved out of a loop, and the loop."""
    changing = set(block_arguments(loop))
    if isinstance(loop, While):
        changing.update(v for s in loop.test.statements for v in targets(s))
    quiet: list[Statement] = []
    raising: list[Statement] = []
    left: list[Statement] = []
    made_late: set[Var] = set()  # by what is in ``raising``
    before: set[str] = set()  # what the statements that stay may raise
    for s in loop.body.statements:
        raises = _exceptions(s)
        moves = _is_pure(s) and not any(v in changing for v in _reads(s))
        if moves and raises:
            moves = isinstance(loop, For) and before <= {"division"} and raises == {"division"}
            moves = moves or (isinstance(loop, For) and not before)
        if not moves:
            left.append(s)
            changing.update(targets(s))
            before |= raises
        elif raises or any(v in made_late for v in _reads(s)):
            raising.append(s)
            made_late.update(targets(s))
        else:
            quiet.append(s)
    if not quiet and not raising:
        return [loop]
    body = Block(tuple(left), loop.body.yields)
    needed = set(free_variables(body))
    guarded = _guarded(loop, raising, needed) if raising else []
    return [*quiet, *guarded, replace(loop, body=body)]


def _guarded(loop: For | While, raising: list[Statement], needed: set[Var]) -> list[Statement]:
    """The statements, run only if the loop has iterations."""
    assert isinstance(loop, For)
    builder = Builder()
    builder.line = loop.line
    with builder.block() as tests:
        test = _runs(loop, builder)
    if isinstance(test, Const):
        return raising if test.value else []
    made = [v for s in raising for v in targets(s)]
    inside = {v: Var(v.name, v.kind, v.temporary, v.bits) for v in made}
    results = tuple(v for v in made if v in needed)
    then = _renamed(Block(tuple(raising), results), inside)
    orelse = Block((), tuple(_filler(v) for v in results))
    return [*tests, If(test, then, orelse, results, loop.line)]


def _runs(loop: For, builder: Builder) -> Atom:
    start, stop, step = loop.start, loop.stop, loop.step
    if isinstance(step, Const) and step.value > 0:
        return builder.value(operators.greater, stop, start)
    if isinstance(step, Const) and step.value < 0:
        return builder.value(operators.less, stop, start)
    trips = builder.value(trip_count, start, stop, step)
    return builder.value(operators.greater, trips, Const(0, PY_INT))


def _renamed(block: Block, names: dict[Var, Var]) -> Block:
    """The block with the variables that it defines replaced, too."""
    statements: list[Statement] = []
    for s in substitute(block, names).statements:
        match s:
            case Instr(target=Var() as target):
                statements.append(replace(s, target=names[target]))
            case If():
                statements.append(replace(s, results=tuple(names[v] for v in s.results)))
            case _:
                raise AssertionError(s)
    return Block(tuple(statements), tuple(names[v] for v in block.yields if isinstance(v, Var)))


def _filler(v: Var) -> Const:
    assert isinstance(v.kind, Scalar)
    return Const({"b": False, "f": 0.0, "c": 0j}.get(v.kind.dtype[0], 0), v.kind)


def _reads(s: Statement) -> Iterable[Var]:
    if isinstance(s, If):
        return free_variables(Block((s,)))
    return [a for a in operands(s) if isinstance(a, Var)]


def _is_pure(s: Statement) -> bool:
    """Arithmetic on numbers, and branches of nothing else."""
    match s:
        case Instr(target=Var() as target):
            numbers = all(isinstance(a.kind, Scalar) for a in s.args) or s.primitive is dim
            return numbers and not s.primitive.effect and isinstance(target.kind, Scalar)
        case If():
            inner = (*s.then.statements, *s.orelse.statements)
            return all(isinstance(v.kind, Scalar) for v in s.results) and all(map(_is_pure, inner))
        case _:
            return False


def _exceptions(s: Statement) -> set[str]:
    """What a statement may raise, or do that must not come after an exception."""
    match s:
        case Instr() if _is_pure(s):
            if checked_text(s) is None:
                return set()
            return {"division"} if s.primitive in _DIVISIONS else {"other"}
        case If() if _is_pure(s):
            inner = (*s.then.statements, *s.orelse.statements)
            return {"other"} if any(map(_exceptions, inner)) else set()
        case _:
            return {"other"}
