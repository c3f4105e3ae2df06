"""Write into a copy of an array of a list, and put that back; a part is written in its place.

    t += v               ->      own = xs[k].copy(); own += v; xs[k] = own
    row = t[p]; row[0] = v       own = xs[k].copy(); row = own[p]; row[0] = v; xs[k] = own
    t[0] = v                     xs[k][0] = v
    row = t[1]; row[0] = v       xs[k][1][0] = v

Where this is to be done `own_items` finds out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from diffpy.rules.containers import list_get, list_set
from diffpy.rules.item_parts import is_basic, part_of, put_part
from diffpy.rules.notation import Value
from diffpy.rules.structural import accumulate, copy, index, store
from diffpy.transform.analyse_order import Spot
from diffpy.transform.build import Builder
from diffpy.transform.ir import Atom, Block, Call, For, If, Instr, Statement, Var, While
from diffpy.transform.part_items import part_of_item, places_in

#: how an array is reached: the element of a list, then views
Path: TypeAlias = tuple[Instr, ...]

_INSIDE = (("inside", True),)


@dataclass(eq=False)
class Changes:
    """What to read again and what to write back, statement by statement."""

    #: the arrays that are taken from their lists again for a statement or a block's end
    again: dict[Spot, dict[Var, Path]] = field(default_factory=dict)
    #: the arrays of lists that a statement writes into
    own: dict[Spot, dict[Var, Path]] = field(default_factory=dict)
    #: operations that take an array out of a list, which is written into afterwards
    leaving: set[Statement] = field(default_factory=set)

    def block(self, block: Block) -> Block:
        """The block with all of that done."""
        made: list[Statement] = []
        for s in block.statements:
            made += self._statement(s)
        before, mapping = self._taken_again(block)
        return Block((*made, *before), _mapped(block.yields, mapping))

    def _taken_again(self, spot: Spot) -> tuple[list[Statement], dict[Var, Var]]:
        made: list[Statement] = []
        mapping: dict[Var, Var] = {}
        for v, path in self.again.get(spot, {}).items():
            statements, _, mapping[v] = _followed(path, False)
            made += statements
        return made, mapping

    def _statement(self, s: Statement) -> list[Statement]:
        before, mapping = self._taken_again(s)
        after: list[Statement] = []
        for v, path in self.own.get(s, {}).items():
            if isinstance(s, Instr) and s.primitive in (store, accumulate):
                placed = _in_its_place(replace(s, args=_mapped(s.args, mapping)), path)
                if placed is not None:
                    return [*before, *placed]
            statements, own, mapping[v] = _followed(path, True)
            before += statements
            after.append(Instr(None, list_set, (*path[0].args, own), _INSIDE, path[0].line))
        match s:
            case Instr(target=Var() as target) if s in self.leaving:
                taken = Var(target.name, target.kind, True)
                return [replace(s, target=taken), Instr(target, copy, (taken,), (), s.line)]
            case Instr() | Call():
                s = replace(s, args=_mapped(s.args, mapping))
            case If():
                s = replace(s, then=self.block(s.then), orelse=self.block(s.orelse))
            case For():
                inits = _mapped(s.inits, mapping)
                s = replace(s, inits=inits, body=self.block(s.body))
            case While():
                inits = _mapped(s.inits, mapping)
                s = replace(s, inits=inits, test=self.block(s.test), body=self.block(s.body))
        return [*before, s, *after]


def _in_its_place(s: Instr, path: Path) -> list[Statement] | None:
    """A store to a part of the array as one to a part of an item of the list, if it can be that."""
    get, *views = path
    steps = [*views, s]
    basic = all(
        view.primitive in (index, store, accumulate)
        and is_basic(view.options["pattern"], [a.kind for a in places_in(view)])
        for view in steps
    )
    if not basic or any(set(view.options["pattern"]) != {"i"} for view in views):
        return None
    pattern, where = part_of_item(get, steps)
    builder = Builder()
    builder.line = s.line
    with builder.block() as made:
        xs, k, *places = map(Value, (*get.args, *where))
        value = Value(s.args[1])
        if s.primitive is accumulate:
            value = part_of(xs, k, *places, pattern=pattern) + value
        put_part(xs, k, value, *places, pattern=pattern)
    return made


def _followed(path: Path, own: bool) -> tuple[list[Statement], Var, Var]:
    """Go a path again: the statements, the array of the list or a copy, and where it leads."""
    get, *views = path
    assert get.target is not None
    array = Var(get.target.name, get.target.kind, True)
    made: list[Statement] = [Instr(array, list_get, get.args, _INSIDE, get.line)]
    if own:
        copied = Var(get.target.name, get.target.kind, True)
        made.append(Instr(copied, copy, (array,), (), get.line))
        array = copied
    last = array
    for view in views:
        assert view.target is not None
        shown = Var(view.target.name, view.target.kind, True)
        made.append(replace(view, target=shown, args=(last, *view.args[1:])))
        last = shown
    return made, array, last


def _mapped(atoms: tuple[Atom, ...], mapping: Mapping[Var, Var]) -> tuple[Atom, ...]:
    return tuple(mapping.get(a, a) if isinstance(a, Var) else a for a in atoms)
