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

from collections.abc import Iterable
from dataclasses import dataclass, field

from diffpy.kinds import Array, Scalar, Tape
from diffpy.rules.structural import dim, empty, index, pop, push, store
from diffpy.transform.analyse_storage import Storage
from diffpy.transform.ir import Atom, Block, Const, Instr, Statement, Var

#: recomputing may cost this many floating-point operations before saving is taken to be cheaper
_RECOMPUTE_COST = 4


@dataclass
class IndexedTapes:
    """Where the values of a loop nest with known trip counts are saved.

    ``trips`` are the trip counts from the outermost loop in, ``allocations`` the statements that
    make the arrays, for the block that holds the outermost loop.
    """

    allocations: list[Statement] = field(default_factory=list)


@dataclass
class Region:
    """A block that runs once forward and once in reverse, and how its values get across.

    Attributes
    ----------
    parameters
        What is there at its head in both runs (a loop's index).
    saved_heads
        What is there at its head in the forward run only (a loop's carried variables).
    ordinals
        The counters of the enclosing loops, if indexed tapes can be used here, else None.
    trips
        Their trip counts, known before the outermost loop.
    """

    tape: Var
    storage: Storage
    ordinals: tuple[Atom, ...] | None = None
    trips: tuple[Atom, ...] = ()
    tapes: IndexedTapes = field(default_factory=IndexedTapes)


@dataclass(frozen=True)
class Plan:
    """How the demanded values of one block come into its reverse."""

    recomputed: tuple[Var, ...]  # in an order in which they can be computed
    saved: tuple[Var, ...]


def plan_values(
    demanded: Iterable[Var],
    definitions: dict[Var, Statement],
    free: frozenset[Var],
    storage: Storage,
) -> Plan:
    """Decide for each demanded value whether to recompute or to save it.

    Parameters
    ----------
    demanded
        Variables of the block that its reverse reads.
    definitions
        The statement that defines each variable of the block; heads of a loop are absent.
    free
        Variables of the block that are there in the reverse without further ado.
    """
    wanted = set(demanded)
    order = {v: n for n, v in enumerate(definitions)}
    recomputed: dict[Var, None] = {}
    saved: list[Var] = []
    local = set(definitions) | wanted

    def is_there(atom: Atom) -> bool:
        if isinstance(atom, Const) or atom in free or atom not in local:
            return True
        return atom in recomputed or atom in saved_set

    def cone(v: Var, found: dict[Var, None], budget: list[float]) -> bool:
        """Collect what must be computed for ``v``, operands first; False if too expensive."""
        if is_there(v) or v in found:
            return True
        made = definitions.get(v)
        if not (isinstance(made, Instr) and _can_repeat(made, storage)):
            return False
        budget[0] -= made.primitive.cost
        if budget[0] < 0:
            return False
        if not all(cone(a, found, budget) for a in made.args if isinstance(a, Var)):
            return False
        found[v] = None
        return True

    saved_set: set[Var] = set()
    for v in sorted(wanted, key=lambda v: order.get(v, -1)):
        found: dict[Var, None] = {}
        if cone(v, found, [_RECOMPUTE_COST]):
            recomputed.update(found)
        elif v not in saved_set:
            saved.append(v)
            saved_set.add(v)
    return Plan(tuple(recomputed), tuple(saved))


def _can_repeat(made: Instr, storage: Storage) -> bool:
    """Whether the operation gives the same result again in the reverse sweep, cheaply."""
    primitive = made.primitive
    if primitive.effect or made.target is None:
        return False
    if primitive.reads_storage:
        arrays = [a for a in made.args if isinstance(a, Var) and isinstance(a.kind, Array)]
        if not all(storage.is_stable(a, made) for a in arrays if made in storage.position):
            return False
    if isinstance(made.target.kind, Array):
        return primitive.view and not storage.is_written(made.target)
    return True


def save_and_load(
    region: Region, saved: Iterable[Var]
) -> tuple[list[Statement], list[Statement], dict[Var, Var]]:
    """Statements for the end of the forward block and for the start of the reverse block.

    Returns
    -------
    saves, loads, renamed
        ``renamed`` maps each saved variable to the one that holds it in the reverse block.
    """
    saves: list[Statement] = []
    loads: list[Statement] = []
    renamed: dict[Var, Var] = {}
    for v in saved:
        again = Var(v.name, v.kind, bits=v.bits)
        renamed[v] = again
        if region.ordinals is not None and isinstance(v.kind, Scalar):
            array = Var(f"{v.name}_tape", Array(v.kind.dtype, len(region.ordinals)))
            where = (("pattern", ("i",) * len(region.ordinals)),)
            region.tapes.allocations.append(
                Instr(array, empty, region.trips, (("dtype", v.kind.dtype),))
            )
            saves.append(Instr(None, store, (array, v, *region.ordinals), where))
            loads.append(Instr(again, index, (array, *region.ordinals), where))
        else:
            assert not isinstance(v.kind, Tape)
            slot = (("slot", v.kind),)
            saves.append(Instr(None, push, (region.tape, v), slot))
            loads.insert(0, Instr(again, pop, (region.tape,), slot))
    return saves, loads, renamed


def recompute(
    variables: Iterable[Var], definitions: dict[Var, Statement], renamed: dict[Var, Var]
) -> list[Statement]:
    """The definitions of ``variables`` once more, under new names (added to ``renamed``)."""
    statements: list[Statement] = []
    for v in variables:
        made = definitions[v]
        assert isinstance(made, Instr)
        again = Var(v.name, v.kind, v.temporary, v.bits)
        args = tuple(renamed.get(a, a) if isinstance(a, Var) else a for a in made.args)
        statements.append(Instr(again, made.primitive, args, made.static, made.line))
        renamed[v] = again
    return statements


def definitions_in(block: Block) -> dict[Var, Statement]:
    """The variables that a block defines itself, and by which statement."""
    from diffpy.transform.ir import targets

    return {v: s for s in block.statements for v in targets(s)}


__all__ = [
    "IndexedTapes",
    "Plan",
    "Region",
    "definitions_in",
    "dim",
    "plan_values",
    "recompute",
    "save_and_load",
]
