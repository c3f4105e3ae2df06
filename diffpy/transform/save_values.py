"""Make the values that a reverse sweep reads available to it.

The reverse of a loop body runs apart from the forward body, so a value of one iteration must be
carried over. Per value the cheapest way is taken:

1. it is still there: defined outside the loop, or the loop's own index;
2. *recompute*: a cheap expression of values that are there;
3. an *indexed tape*: an array with one place for each iteration, where trip counts are known
   before the outermost loop;
4. the *tape*: pushed at the end of the forward block, popped at the start of the reverse block.

    for i in range(n):                     for i in range(n):
        t = r * x                              x_tape[i] = x
        x = t * (1 - x)         becomes        t = r * x
                                               x = t * (1 - x)
                                           for i in range(n - 1, -1, -1):
                                               x = x_tape[i]
                                               t = r * x
                                               …
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from diffpy.kinds import Array, List, Scalar
from diffpy.rules.containers import list_get
from diffpy.rules.structural import duplicate, index, pop, push, store, tape_array
from diffpy.transform.analyse_storage import Storage
from diffpy.transform.inline_calls import copy_block
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    If,
    Instr,
    Statement,
    Var,
    blocks,
    free_variables,
    targets,
)

#: recomputing may cost this many floating-point operations before saving is taken to be cheaper
_RECOMPUTE_COST = 4
#: carried numbers that are tried as a replacement for several saved values
_CANDIDATES = 32


@dataclass(eq=False)
class IndexedTapes:
    """The arrays of one loop nest: what makes them, for the block that holds the nest."""

    allocations: list[Statement] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Region:
    """How values get from a block that runs forward to its reverse.

    Attributes
    ----------
    tape
        The tape of this level of differentiation.
    direct
        Forward and reverse run once in the same scope, so that values are simply still there.
    ordinals, trips
        The counters and the trip counts of the enclosing loops, if indexed tapes can be used.
    tapes
        The indexed tapes of the nest; None where the tape must be used.
    """

    tape: Var
    direct: bool = False
    ordinals: tuple[Atom, ...] = ()
    trips: tuple[Atom, ...] = ()
    tapes: IndexedTapes | None = None


@dataclass(frozen=True)
class Plan:
    """How the demanded values of one block come into its reverse."""

    recomputed: tuple[Var, ...]  # in an order in which they can be computed
    saved: tuple[Var, ...]


def plan_values(
    demanded: Iterable[Var],
    definitions: Mapping[Var, Statement],
    heads: Sequence[Var],
    free: frozenset[Var],
    storage: Storage,
) -> Plan:
    """Decide for each demanded value whether to recompute or to save it.

    Parameters
    ----------
    demanded
        Variables of the block that its reverse reads.
    definitions
        The statement that defines each variable of the block.
    heads
        What a loop defines at the head of the block.
    free
        Variables of the block that are there in the reverse without further ado.
    """
    wanted = dict.fromkeys(demanded)
    plan = _plan(wanted, definitions, heads, free, storage)
    candidates = [h for h in heads if isinstance(h.kind, Scalar) and h not in free]
    for head in candidates[:_CANDIDATES]:  # one carried number may make several others cheap
        if len(plan.saved) > 1 and head not in wanted:
            trial = _plan({head: None, **wanted}, definitions, heads, free, storage)
            if len(trial.saved) < len(plan.saved):
                wanted, plan = {head: None, **wanted}, trial
    return plan


def _plan(
    wanted: dict[Var, None],
    definitions: Mapping[Var, Statement],
    heads: Sequence[Var],
    free: frozenset[Var],
    storage: Storage,
) -> Plan:
    order = {v: n for n, v in enumerate(definitions)}
    recomputed: dict[Var, None] = {}
    saved: dict[Var, None] = {}
    local = definitions.keys() | set(heads)

    def is_there(atom: Atom) -> bool:
        if isinstance(atom, Const) or atom in free or atom not in local:
            return True
        return atom in recomputed or atom in saved

    def cone(v: Var, found: dict[Var, None], budget: list[float]) -> bool:
        """Collect what must be computed for ``v``, operands first; False if too expensive."""
        if is_there(v) or v in found:
            return True
        made = definitions.get(v)
        if made is None or not _can_repeat(made, storage):
            return False
        budget[0] -= _cost(made)
        if budget[0] < 0:
            return False
        if not all(cone(a, found, budget) for a in free_variables(Block((made,)))):
            return False
        found[v] = None
        return True

    for v in sorted(wanted, key=lambda v: order.get(v, -1)):
        found: dict[Var, None] = {}
        if cone(v, found, [_RECOMPUTE_COST]):
            recomputed.update(found)
        else:
            saved[v] = None
    return Plan(tuple(recomputed), tuple(saved))


def _cost(made: Statement) -> float:
    if isinstance(made, Instr):
        return made.primitive.cost
    return 1 + sum(_cost(s) for block in blocks(made) for s in block.statements)


def _can_repeat(made: Statement, storage: Storage) -> bool:
    """Whether a statement gives the same results again in the reverse sweep, cheaply."""
    if isinstance(made, If):  # one that only computes numbers
        inner = (*made.then.statements, *made.orelse.statements)
        numbers = all(isinstance(v.kind, Scalar) for s in (made, *inner) for v in targets(s))
        return numbers and all(_can_repeat(s, storage) for s in inner)
    if not isinstance(made, Instr):
        return False
    primitive = made.primitive
    if primitive.effect or made.target is None:
        return False
    if primitive.reads_storage:
        for a in made.args:
            # what the reverse sweep asked for itself is read of arrays that stay as they are
            checked = made in storage.position or isinstance(a.kind, List)
            if isinstance(a, Var) and checked and not storage.is_stable(a, made):
                return False
    if isinstance(made.target.kind, List):
        return False
    if isinstance(made.target.kind, Array):
        # arithmetic on elements costs what copying them to the tape and back does
        item = primitive in (list_get, duplicate)
        again = primitive.view or item or primitive.elementwise
        return again and not storage.is_written(made.target)
    return True


@dataclass(frozen=True)
class Crossing:
    """Statements that carry the demanded values of a block from its forward to its reverse run."""

    saves: tuple[tuple[Var, Statement], ...]  # each belongs after the definition of its variable
    loads: tuple[Statement, ...]  # for the start of the reverse block
    renamed: dict[Var, Var]  # what holds each value in the reverse block


def carry_across(region: Region, plan: Plan, definitions: Mapping[Var, Statement]) -> Crossing:
    """Write the saves, loads and recomputations of a plan.

    ``loads`` still name the variables of the forward block; the caller renames them together with
    the rest of the reverse block.
    """
    saves: list[tuple[Var, Statement]] = []
    loads: list[Statement] = []
    pops: list[Statement] = []
    renamed: dict[Var, Var] = {}
    for v in plan.saved:
        again = renamed[v] = Var(v.name, v.kind, bits=v.bits)
        if region.tapes is not None and isinstance(v.kind, Scalar):
            array = Var(f"{v.name}_tape", Array(v.kind.dtype, len(region.ordinals)))
            where = (("pattern", ("i",) * len(region.ordinals)),)
            made = Instr(array, tape_array, region.trips, (("item", v.kind),))
            region.tapes.allocations.append(made)
            saves.append((v, Instr(None, store, (array, v, *region.ordinals), where)))
            loads.append(Instr(again, index, (array, *region.ordinals), where))
        else:
            slot = (("slot", v.kind),)
            saves.append((v, Instr(None, push, (region.tape, v), slot)))
            pops.append(Instr(again, pop, (region.tape,), slot))
    loads += reversed(pops)
    loads += recompute(plan.recomputed, definitions, renamed)
    return Crossing(tuple(saves), tuple(loads), renamed)


def recompute(
    variables: Iterable[Var], definitions: Mapping[Var, Statement], renamed: dict[Var, Var]
) -> list[Statement]:
    """The definitions of ``variables`` once more, under new names that go to ``renamed``."""
    statements: list[Statement] = []
    for v in variables:
        if v in renamed:  # another result of a branch that is repeated
            continue
        made = definitions[v]
        if isinstance(made, If):
            fresh: dict[Var, Atom] = {}
            statements += copy_block(Block((made,)), fresh).statements
            for result in made.results:
                copied = fresh[result]
                assert isinstance(copied, Var)
                renamed.setdefault(result, copied)
            continue
        assert isinstance(made, Instr)
        again = renamed[v] = Var(v.name, v.kind, v.temporary, v.bits)
        statements.append(Instr(again, made.primitive, made.args, made.static, made.line))
    return statements


def place_saves(
    statements: list[Statement], saves: tuple[tuple[Var, Statement], ...], storage: Storage
) -> list[Statement]:
    """Put each save as early as it is right.

    Pushes of inner loops and calls must lie below those of the block, because the reverse block
    pops its own values first; and an array that the block writes into is saved when it is done.
    In both cases everything is pushed at the end.
    """
    pushed = [v for v, save in saves if _uses_tape(save)]
    late = pushed and (
        any(map(_uses_tape, statements)) or any(storage.is_written(v) for v in pushed)
    )
    at: dict[Var, list[Statement]] = {}
    end: list[Statement] = []
    for v, save in saves:
        (end if late and _uses_tape(save) else at.setdefault(v, [])).append(save)
    defined = {v for s in statements for v in targets(s)}
    placed = [save for v, ready in at.items() if v not in defined for save in ready]  # heads
    for statement in statements:
        placed.append(statement)
        for v in targets(statement):
            placed += at.get(v, [])
    return [*placed, *end]


def _uses_tape(statement: Statement) -> bool:
    """Whether a statement pushes or pops, or may in a callee."""
    match statement:
        case Instr():
            return statement.primitive in (push, pop)
        case Call():
            return True
        case _:
            return any(_uses_tape(s) for block in blocks(statement) for s in block.statements)


def definitions_in(statements: Iterable[Statement]) -> dict[Var, Statement]:
    """The variables that statements define in their block, and by which statement."""
    return {v: s for s in statements for v in targets(s)}
