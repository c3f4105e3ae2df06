"""Partial derivatives of one statement's expression, for labels.

The expression is made a function of numbers, differentiated in forward mode and printed. What holds
for numbers holds for each element of arrays.

    y = r * x * (1 - x)             by r:           x * (1 - x)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diffpy.display.expressions import Expressions
from diffpy.kinds import PY_FLOAT, Array, Kind, is_real
from diffpy.rules.registry import element_kind
from diffpy.transform import forward
from diffpy.transform.build import Builder
from diffpy.transform.eliminate_dead_code import eliminate_dead_code
from diffpy.transform.ir import Atom, Block, Const, Function, Instr, Var


def partial(expressions: Expressions, statement: Instr, leaf: Var) -> str | None:
    """The derivative of what a statement computes by a variable that its text mentions.

    Returns
    -------
    str or None
        None if the expression is not elementwise or not real, or if the derivative needs more
        than one expression.
    """
    steps = list(dict.fromkeys(_steps(expressions, statement)))
    if not all(isinstance(s, Instr) and s.primitive.elementwise for s in steps):
        return None
    made = {s.target for s in steps}
    read = dict.fromkeys(a for s in steps for a in s.args if isinstance(a, Var) and a not in made)
    numbers = {v: Var(v.name, _number(v.kind)) for v in read}
    if leaf not in numbers or not is_real(leaf.kind):
        return None
    body = _emitted(steps, {**numbers}, [steps[-1].target])
    if not is_real(body.yields[0].kind):
        return None
    function = Function("f", tuple(numbers.values()), body)
    tangent = forward.tangent(function, (list(numbers).index(leaf),))
    *params, dot = tangent.params
    steps = [s for s in tangent.body.statements if isinstance(s, Instr)]
    body = _emitted(steps, {dot: Const(1.0, PY_FLOAT)}, tangent.results[1:])
    derivative = eliminate_dead_code(Function("f", tuple(params), body))
    names = dict(zip(derivative.params, (expressions.names[v] for v in numbers)))
    printed = Expressions(derivative, names)
    statements = derivative.body.statements
    if not all(isinstance(s, Instr) and printed.is_nested(s.target) for s in statements):
        return None
    return printed.text(derivative.results[0])


def _steps(expressions: Expressions, statement: Instr) -> Iterator[Instr]:
    """The operations of a statement's text, operands first."""
    for a in statement.args:
        inner = expressions.nesting.inner.get(a) if isinstance(a, Var) else None
        if inner is not None:
            yield from _steps(expressions, inner)  # type: ignore[arg-type]
    yield statement


def _number(kind: Kind) -> Kind:
    return element_kind(kind) if isinstance(kind, Array) else kind


def _emitted(
    steps: Sequence[Instr], known: Mapping[Var, Atom], results: Sequence[Atom | None]
) -> Block:
    """Operations once more, on other operands, simplified as they are made."""
    atoms = dict(known)

    def atom(a: Atom) -> Atom:
        return atoms.get(a, a) if isinstance(a, Var) else a

    builder = Builder()
    with builder.block() as statements:
        for s in steps:
            again = builder.emit(s.primitive, tuple(map(atom, s.args)), s.options)
            assert s.target is not None and again is not None
            atoms[s.target] = again
    return Block(tuple(statements), tuple(atom(r) for r in results if r is not None))
