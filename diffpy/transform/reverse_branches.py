"""The reverse of an ``if`` is an ``if`` on the same test.

if x > 0:                    if x > 0:
    y = x * x       ->           x_bar = y_bar * 2 * x
else:                        else:
    y = -x                       x_bar = -y_bar
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from diffpy.kinds import PY_INT, Array, Kind, List, Scalar, adjoint_kind
from diffpy.rules.containers import new_list
from diffpy.rules.structural import (
    empty,
)
from diffpy.transform.ir import (
    Atom,
    Block,
    Const,
    If,
    Instr,
    Statement,
    Var,
    free_variables,
    substitute,
)
from diffpy.transform.reverse_adjoints import Adjoints
from diffpy.transform.save_values import (
    Region,
    carry_across,
    definitions_in,
    plan_values,
)

if TYPE_CHECKING:
    from diffpy.transform.reverse_sweep import Sweep

_TRUE_BRANCH, _FALSE_BRANCH = 0, 1


def reverse_branch(sweep: Sweep, s: If, adjoints: Adjoints, region: Region) -> Statement:
    bars = [sweep.adjoint_of_result(r, adjoints) for r in s.results]
    if all(bar is None for bar in bars) and not sweep.acts(s, adjoints):
        return s
    sweep.prepare_shadows(s, adjoints)
    inner = (Adjoints(adjoints), Adjoints(adjoints))
    forward: list[list[Statement]] = []
    reverse: list[Block] = []
    for branch, local in zip((s.then, s.orelse), inner, strict=True):
        with sweep.builder.block() as statements:
            for atom, bar, result in zip(branch.yields, bars, s.results, strict=True):
                sweep.hand_over(atom, bar, local, adjoints.is_written(result))
            forward.append(sweep.block(branch, local, region))
        reverse.append(Block(tuple(statements)))
    defined = definitions_in(s.then.statements).keys() | definitions_in(s.orelse.statements)
    adjoints.written |= inner[0].written | inner[1].written
    joined = [
        v
        for v in {**inner[0].changed, **inner[1].changed}
        if v not in defined and any(i.get(v) is not adjoints.get(v) for i in inner)
    ]
    for n, local in enumerate(inner):
        with sweep.builder.block() as zeros:
            yields = tuple(local.get(v) or adjoints.get(v) or sweep.zero(v, True) for v in joined)
        reverse[n] = Block((*reverse[n].statements, *zeros), yields)
    extra: tuple[Var, ...] = ()
    then, orelse = s.then.yields, s.orelse.yields
    for n in (_TRUE_BRANCH, _FALSE_BRANCH):
        if not region.direct:
            forward[n], reverse[n] = sweep.cross(forward[n], reverse[n], region, frozenset())
            continue
        forward[n], reverse[n], kept = _keep(sweep, forward[n], reverse[n], region)
        forward[1 - n], fillers = _fillers(forward[1 - n], kept)
        mine, other = tuple(kept), fillers
        then, orelse = (
            ((*then, *mine), (*orelse, *other)) if n == 0 else ((*then, *other), (*orelse, *mine))
        )
        extra = (*extra, *kept.values())
    results = tuple(Var(f"{v.name}_bar", adjoint_kind(v.kind), v.temporary) for v in joined)
    sweep.builder.add(If(s.test, reverse[0], reverse[1], results, s.line))
    for v, result in zip(joined, results, strict=True):
        adjoints.set(v, result)
    return If(
        s.test,
        Block(tuple(forward[0]), then),
        Block(tuple(forward[1]), orelse),
        (*s.results, *extra),
        s.line,
    )


def _keep(
    sweep: Sweep, forward: list[Statement], reverse: Block, region: Region
) -> tuple[list[Statement], Block, dict[Var, Var]]:
    """As `_cross`, for a branch whose values stay in scope: they leave it as results."""
    definitions = definitions_in(forward)
    demanded = [v for v in free_variables(reverse) if v in definitions]
    plan = plan_values(demanded, definitions, (), frozenset(), sweep.storage)
    kept = {v: Var(v.name, v.kind, bits=v.bits) for v in plan.saved}
    again = carry_across(region, replace(plan, saved=()), definitions)
    reverse = Block((*again.loads, *reverse.statements), reverse.yields)
    sweep.forward_variables.update(kept.values())
    sweep.direct.update(kept.values())
    return forward, substitute(reverse, {**kept, **again.renamed}), kept


def _fillers(
    statements: list[Statement], kept: dict[Var, Var]
) -> tuple[list[Statement], tuple[Atom, ...]]:
    """Something of the right kind for results that only the other branch computes."""
    made: list[Statement] = []
    atoms: list[Atom] = []
    for v in kept:
        if isinstance(v.kind, Array):
            dims = (Const(0, PY_INT),) * v.kind.ndim
            filler = Var(v.name, v.kind, True)
            made.append(Instr(filler, empty, dims, (("dtype", v.kind.dtype),)))
            atoms.append(filler)
        elif isinstance(v.kind, List):
            filler = Var(v.name, v.kind, True)
            made.append(Instr(filler, new_list, (), (("item", v.kind.item),)))
            atoms.append(filler)
        else:
            atoms.append(_filler(v.kind))
    return [*statements, *made], tuple(atoms)


def _filler(kind: Kind) -> Const:
    assert isinstance(kind, Scalar)
    zero = {"b": False, "c": 0j, "f": 0.0}.get(kind.dtype[0], 0)
    return Const(zero, kind)
