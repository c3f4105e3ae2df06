"""Of which arrays that a function is passed it reads elements, and not just extents.

    def reverse(a, i, out_bar, a_bar):            of a only the length, of a_bar the elements
        if i < a.shape[0]:
            a_bar[i] += out_bar
            reverse(a, 2 * i + 1, a_bar[i], a_bar)

An array that was overwritten since is passed as it is to a function that reads its extents only.

>>> from diffpy.kinds import Array, PY_INT
>>> from diffpy.rules.structural import dim
>>> from diffpy.transform.ir import Block
>>> a, n = Var("a", Array("float64", 1)), Var("n", PY_INT)
>>> f = Function("f", (a,), Block((Instr(n, dim, (a,), (("axis", 0),)),), (n,)))
>>> read_contents(f)
frozenset()
"""

from __future__ import annotations

from diffpy.kinds import Array
from diffpy.rules.structural import dim
from diffpy.transform.ir import Atom, Call, Function, Instr, Var, blocks, operands, walk


def read_contents(function: Function) -> frozenset[int]:
    """The indices of these parameters; a call of another function counts as reading all."""
    arrays = {p: k for k, p in enumerate(function.params) if isinstance(p.kind, Array)}
    read: set[int] = set()
    handed_on: list[tuple[int, int]] = []
    for statement in walk(function.body):
        if isinstance(statement, Call) and statement.function is function:
            places = enumerate(statement.args)
            handed_on += [(arrays[a], k) for k, a in places if isinstance(a, Var) and a in arrays]
        elif not (isinstance(statement, Instr) and statement.primitive is dim):
            read |= _found(operands(statement), arrays)
        for block in blocks(statement):
            read |= _found(block.yields, arrays)
    read |= _found(function.body.yields, arrays)
    while more := {given for given, place in handed_on if place in read} - read:
        read |= more
    return frozenset(read)


def _found(atoms: tuple[Atom, ...], arrays: dict[Var, int]) -> set[int]:
    return {arrays[a] for a in atoms if isinstance(a, Var) and a in arrays}
