"""Keep what a loop hands from iteration to iteration on the shortest dependence chain.

An adjoint recurrence is latency bound: nothing else can start before the last one is known. Where
the next value is the carried one times a factor, the factor is computed apart:

    t = x_bar * (1 - x)                       p = r * (1 - x) - r * x
    x_bar = t * r - x_bar * (r * x)     ->    x_bar = x_bar * p

Measured on the logistic map: 1.64 times the primal instead of 2.6.
"""

from __future__ import annotations

from dataclasses import replace

from diffpy.kinds import NP_FLOAT, PY_FLOAT, Scalar, is_real
from diffpy.rules import operators
from diffpy.rules.notation import Value
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
    operands,
    targets,
)

_ONE = 1.0


def shorten_chains(function: Function) -> Function:
    """Factor the carried adjoints of every loop of the reverse sweep."""
    start = function.reverse_from or 0
    statements = function.body.statements
    reverse = map(_statement, statements[start:])
    body = Block((*statements[:start], *reverse), function.body.yields)
    return replace(function, body=body)


def _block(block: Block) -> Block:
    return Block(tuple(map(_statement, block.statements)), block.yields)


def _statement(s: Statement) -> Statement:
    match s:
        case If():
            return replace(s, then=_block(s.then), orelse=_block(s.orelse))
        case While():
            return replace(s, body=_block(s.body))
        case For():
            return replace(s, body=_factor_yields(s.heads, _block(s.body)))
        case _:
            return s


def _factor_yields(heads: tuple[Var, ...], body: Block) -> Block:
    """The body with each next value of the form ``head * factor`` written so."""
    definitions: dict[Var, Instr] = {
        s.target: s for s in body.statements if isinstance(s, Instr) and s.target is not None
    }
    builder = Builder()
    yields = list(body.yields)
    with builder.block() as added:
        for n, head in enumerate(heads):
            if not (isinstance(head.kind, Scalar) and is_real(head.kind)):
                continue
            old = yields[n]
            if not isinstance(old, Var) or _chain_length(old, head, definitions, 8) <= 1:
                continue
            builder.line = definitions[old].line
            factor = _factor(old, head, definitions, set(heads), {}, [16])
            if isinstance(factor, Value):
                made = (Value(head) * factor).atom
                if isinstance(made, Var):
                    made.name, made.temporary = old.name, False
                yields[n] = made
    return Block((*body.statements, *_wanted(added, yields)), tuple(yields))


def _wanted(added: list[Statement], yields: list[Atom]) -> list[Statement]:
    """Of the statements that were tried, those that the yields need."""
    needed = {a for a in yields if isinstance(a, Var)}
    kept: list[Statement] = []
    for s in reversed(added):
        if not needed.isdisjoint(targets(s)):
            kept.append(s)
            needed.update(a for a in operands(s) if isinstance(a, Var))
    return kept[::-1]


def _chain_length(a: Atom, head: Var, definitions: dict[Var, Instr], limit: int) -> int:
    """Operations between the head and ``a``, at most ``limit``."""
    if a is head or limit == 0:
        return 0
    made = definitions.get(a) if isinstance(a, Var) else None
    if made is None:
        return -limit
    lengths = [_chain_length(x, head, definitions, limit - 1) for x in made.args]
    return 1 + max(lengths, default=-limit)


def _factor(
    a: Atom,
    head: Var,
    definitions: dict[Var, Instr],
    heads: set[Var],
    known: dict[Atom, Value | float | None],
    budget: list[int],
) -> Value | float | None:
    """``p`` with ``a == head * p``, or None; raises nothing, emits the operations of ``p``."""
    if a is head:
        return _ONE
    if a in known:
        return known[a]
    known[a] = None
    made = definitions.get(a) if isinstance(a, Var) else None
    budget[0] -= 1
    if made is None or budget[0] < 0:
        return None

    def depends(x: Atom) -> bool:
        return _depends(x, heads, definitions, {})

    def factor(x: Atom) -> Value | float | None:
        return _factor(x, head, definitions, heads, known, budget)

    result: Value | float | None = None
    if made.primitive is operators.negative:
        inner = factor(made.args[0])
        result = None if inner is None else -inner
    elif made.primitive in (operators.add, operators.subtract):
        u, v = map(factor, made.args)
        if u is not None and v is not None:
            result = u + v if made.primitive is operators.add else u - v
    elif made.primitive is operators.multiply:
        for x, y in (made.args, made.args[::-1]):
            if not depends(y):
                inner = factor(x)
                result = None if inner is None else inner * Value(y)
                break
    elif made.primitive is operators.divide and not depends(made.args[1]):
        inner = factor(made.args[0])
        result = None if inner is None else _quotient(inner, made.args[1], definitions)
    known[a] = result
    return result


def _quotient(
    numerator: Value | float, divisor: Atom, definitions: dict[Var, Instr]
) -> Value | float | None:
    """The quotient, or None if it could raise: an adjoint may be divided by zero.

    Python's division does not raise where it has been done already, in the forward sweep.
    """
    done = any(
        s.primitive is operators.divide
        and s.args[1] is divisor
        and s.target is not None
        and operators.is_python(s.target.kind)
        for s in definitions.values()
    )
    if isinstance(numerator, int | float):
        numerator = Value(Const(float(numerator), PY_FLOAT if done else NP_FLOAT))
    if operators.is_python(numerator.kind) and operators.is_python(divisor.kind) and not done:
        return None
    return numerator / Value(divisor)


def _depends(
    a: Atom, heads: set[Var], definitions: dict[Var, Instr], known: dict[Atom, bool]
) -> bool:
    """Whether ``a`` is computed from any carried value."""
    if not isinstance(a, Var):
        return False
    if a in heads:
        return True
    if a not in known:
        known[a] = False
        made = definitions.get(a)
        known[a] = made is not None and any(
            _depends(x, heads, definitions, known) for x in made.args
        )
    return known[a]
