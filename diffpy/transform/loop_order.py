"""Decide whether the reverse of a loop may run in forward order.

for i in range(n):                         iterations owe each other nothing: the reverse runs
    y[i] = a[i] * a[i]                     over range(n) and vectorises

for i in range(1, n):                      each iteration reads what the one before stored:
    y[i] = y[i - 1] * a[i]                 the reverse runs over range(n - 1, 0, -1)
"""

from __future__ import annotations

from diffpy.kinds import Array
from diffpy.rules import operators
from diffpy.rules.structural import accumulate, dim, pop, push, store, trip_count
from diffpy.transform.analyse_storage import Storage
from diffpy.transform.ir import Atom, Block, Call, Const, For, Instr, Var, walk
from diffpy.transform.program import DependenceFacts


def analyse_dependence(loop: For, storage: Storage) -> DependenceFacts:
    """What the iterations of a forward loop owe each other through arrays.

    Carried numbers do not count: the reverse takes them from where they were saved.
    """
    carried = False
    stored: dict[Var, list[Instr]] = {}
    added: set[Var] = set()
    read: set[Var] = set()
    taped = False
    for s in walk(loop.body):
        match s:
            case Call():
                carried = True
            case Instr(primitive=p) if p is push or p is pop:
                taped = True
            case Instr(primitive=p) if p.undo is not None and p.writes:
                carried = True
            case Instr(primitive=p) if p is store or p is accumulate:
                array = s.args[0]
                assert isinstance(array, Var)
                if p is store:
                    stored.setdefault(storage.group(array), []).append(s)
                else:
                    added.add(storage.group(array))
                read |= _arrays_read(s.args[1:], storage)
            case Instr() if s.primitive.reads_storage:
                read |= _arrays_read(s.args, storage)
            case _:
                pass
    for group, stores in stored.items():
        own = _counts_from_zero(loop, storage) and all(_own_place(s, loop) for s in stores)
        if group in read or group in added or not own:
            carried = True
        if len(stores) > 1:
            carried = True
    if added & read:
        carried = True
    return DependenceFacts(carried, taped)


def _arrays_read(atoms: tuple[object, ...], storage: Storage) -> set[Var]:
    return {storage.group(a) for a in atoms if isinstance(a, Var) and isinstance(a.kind, Array)}


def _own_place(s: Instr, loop: For) -> bool:
    """Whether each iteration stores to a place of its own: the loop's index is an index."""
    pattern = s.options["pattern"]
    items = iter(s.args[2:])
    for code in pattern:
        if code == "i" and next(items) is loop.index:
            return True
        if code[0] == "s":
            for _ in range(code.count("1")):
                next(items)
        elif code == "a":
            next(items)
    return False


def _counts_from_zero(loop: For, storage: Storage) -> bool:
    """Whether the loop's index is never negative, so that no two of its values are one place."""
    match loop.step:
        case Const(value=step) if step > 0:
            return _is_natural(loop.start, storage)
        case Const(value=step) if step < 0:
            ends_at_zero = isinstance(loop.stop, Const) and loop.stop.value == -1
            return ends_at_zero or _is_natural(loop.stop, storage)
        case _:
            return False


def _is_natural(a: Atom, storage: Storage) -> bool:
    """Whether an integer is known not to be negative."""
    if isinstance(a, Const):
        return bool(a.value >= 0)
    match storage.makers.get(a):
        case For() as loop:
            return a is loop.index and _counts_from_zero(loop, storage)
        case Instr(primitive=p) as made if p is operators.add or p is operators.multiply:
            return all(_is_natural(arg, storage) for arg in made.args)
        case Instr(primitive=p):
            return p is dim or p is trip_count
        case _:
            return False


def can_keep_order(loop: For, storage: Storage, reverse: Block, heads_carried: int) -> bool:
    """Whether the reverse sweep of a loop may visit its iterations in forward order.

    Parameters
    ----------
    reverse
        The body of the reverse loop, with its adjoint heads' next values as yields.
    heads_carried
        How many of the yields are adjoints that one iteration hands to the one before; the
        others are sums, which commute.
    """
    if heads_carried or loop.exits:
        return False
    facts = analyse_dependence(loop, storage)
    if facts.carried or facts.taped:
        return False
    return not any(
        isinstance(s, Call) or (isinstance(s, Instr) and s.primitive in (push, pop))
        for s in walk(reverse)
    )
