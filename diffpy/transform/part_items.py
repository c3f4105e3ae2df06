"""Give the arrays of lists memory of their own, where a program writes into parts of them.

    xs.append(a)         xs.append(a.copy())
    t = xs[k]            t = xs[k].copy()
    t = xs[k]; y = t[i]  y = xs[k][i]

To the other passes an array in a list is a value. It stays one if a list has it for itself: what
comes in or goes out as a whole is copied, which costs what making or reading it costs, and a part
is read from where it is. Then a part may be written in its place (`put_part`) instead of a copy of
the array with another part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from diffpy.kinds import Array, Kind, List
from diffpy.rules.containers import (
    list_append,
    list_get,
    list_put_back,
    list_set,
    new_list,
)
from diffpy.rules.item_parts import THEN, full, is_basic, item_extent, part_of, put_part
from diffpy.rules.structural import (
    Pattern,
    accumulate,
    copy,
    dim,
    duplicate,
    empty,
    holds_arrays,
    index,
    ones,
    store,
    zeros,
)
from diffpy.transform.ir import (
    Atom,
    Block,
    Const,
    Function,
    Instr,
    Statement,
    Var,
    blocks,
    map_blocks,
    operands,
    targets,
    walk,
)

_PUTS = {list_append, list_set, list_put_back, new_list}
#: what makes an array that no derivative looks at again
_MAKES = {zeros, ones, empty, copy, duplicate}


def part_items(functions: Iterable[Function]) -> None:
    """Change functions that call each other, in place, if one of them writes into parts."""
    functions = list(functions)
    written = {
        s.args[0].kind
        for f in functions
        for s in walk(f.body)
        if isinstance(s, Instr) and s.primitive is put_part
    }
    if written:
        for f in functions:
            f.body = _Parting(f, written).block(f.body)


class _Parting:
    """Changes one function, for lists of some kinds."""

    def __init__(self, function: Function, written: set[Kind]) -> None:
        self._written = written
        statements = list(walk(function.body))
        self._maker = {v: s for s in statements for v in targets(s)}
        self._uses: Counter[Atom] = Counter(function.results)
        for s in statements:
            self._uses.update(operands(s))
            self._uses.update(a for b in blocks(s) for a in b.yields)

    def block(self, block: Block) -> Block:
        """The block with all of that done."""
        made: list[Statement] = []
        reads = self._reads(block.statements)
        for s in block.statements:
            if s in reads:
                made += [r for r in (reads[s],) if r is not None]
            elif isinstance(s, Instr) and self._is_parted(s):
                made += self._parted(s)
            else:
                made.append(map_blocks(s, self.block))
        kept = (
            s
            for n, s in enumerate(made)
            if not self._is_checked_again(s, islice(made, n + 1, None))
        )
        return Block(tuple(kept), block.yields)

    def _is_checked_again(self, s: Statement, later: Iterable[Statement]) -> bool:
        """Whether an item is taken that nobody uses, and an index of none raises right after."""
        if not isinstance(s, Instr) or s.primitive is not list_get or not self._is_parted(s):
            return False
        if s.target is None or s.target not in self._maker or self._uses[s.target] > 0:
            return False
        for t in later:
            if not isinstance(t, Instr):
                return False
            if t.primitive in (part_of, put_part):
                return t.args[:2] == s.args
            if t.primitive.effect or _may_raise(t):
                return False
        return False

    def _is_parted(self, s: Instr) -> bool:
        lists = [a.kind for a in (*s.args[:1], *targets(s)) if isinstance(a.kind, List)]
        return not self._written.isdisjoint(lists)

    def _parted(self, s: Instr) -> list[Statement]:
        if s.primitive is list_get and s.target is not None:
            taken = Var(s.target.name, s.target.kind, True)
            return [replace(s, target=taken), Instr(s.target, duplicate, (taken,), (), s.line)]
        if s.primitive not in _PUTS:
            return [s]
        made: list[Statement] = []
        args: list[Atom] = []
        for a in s.args:
            if isinstance(a.kind, Array) and not self._is_new(a):
                own = Var(a.name if isinstance(a, Var) else "t", a.kind, True)
                made.append(Instr(own, duplicate, (a,), (), s.line))
                a = own
            args.append(a)
        return [*made, replace(s, args=tuple(args))]

    def _is_new(self, a: Atom) -> bool:
        """Whether an array is nothing but an item to be."""
        made = self._maker.get(a) if isinstance(a, Var) else None
        if not isinstance(made, Instr) or made.primitive not in _MAKES:
            return False
        nothing = made.primitive is empty and all(
            isinstance(n, Const) and n.value == 0 for n in made.args
        )
        return nothing or self._uses[a] == 1

    # -- parts -------------------------------------------------------------------------------------

    def _reads(self, statements: tuple[Statement, ...]) -> dict[Statement, Instr | None]:
        """What reads parts and extents of an array that was taken from its list just before."""
        paths: dict[Var, _Path] = {}
        now: set[Atom] = set()  # those that are what the list holds
        readers: dict[Var, list[Instr]] = {}
        for s in statements:
            if not isinstance(s, Instr) or (s.primitive.effect and not _leaves_items(s)):
                now.clear()
                continue
            array = s.args[0] if s.args else None
            path: _Path | None = None
            if s.primitive is list_get and self._is_parted(s):
                path = _Path(s)
            elif isinstance(array, Var) and array in now and _reads_part(s):
                readers.setdefault(array, []).append(s)
                path = paths[array].then(s)
            if path is not None and s.target is not None:
                paths[s.target] = path
                now.add(s.target)
        made: dict[Statement, Instr | None] = {}
        for v, path in paths.items():
            used = readers.get(v, ())
            if self._uses[v] == len(used) and (not path.views or path.views[-1] in made):
                made[self._maker[v]] = None if path.views else path.get
                self._uses[v] = 0
                made.update((s, path.read(s)) for s in used)
        return made


@dataclass(frozen=True)
class _Path:
    """How an array is reached: the item of a list, then rows of it."""

    get: Instr
    views: tuple[Instr, ...] = ()

    def then(self, s: Instr) -> _Path | None:
        """The path of the row that an operation shows, if it is one."""
        is_row = s.primitive is index and set(s.options["pattern"]) == {"i"}
        return replace(self, views=(*self.views, s)) if is_row else None

    def read(self, s: Instr) -> Instr:
        """What reads a part or an extent of the array, as an operation on the list."""
        if s.primitive is dim:
            axis = s.options["axis"] + sum(len(view.args) - 1 for view in self.views)
            return replace(s, primitive=item_extent, args=self.get.args, static=(("axis", axis),))
        pattern, places = part_of_item(self.get, (*self.views, s))
        static = (("pattern", pattern),)
        return replace(s, primitive=part_of, args=(*self.get.args, *places), static=static)


def places_in(s: Instr) -> tuple[Atom, ...]:
    """The operands of the index of a read or a store."""
    return s.args[2 if s.primitive in (store, accumulate) else 1 :]


def part_of_item(get: Instr, steps: Iterable[Instr]) -> tuple[Pattern, tuple[Atom, ...]]:
    """The index of a part of an item that one reaches in these steps."""
    pattern: list[str] = []
    places: list[Atom] = []
    for step in steps:
        pattern += [THEN] * bool(pattern) + [*step.options["pattern"]]
        places += places_in(step)
    kind = get.args[0].kind
    assert isinstance(kind, List) and isinstance(kind.item, Array)
    return full(tuple(pattern), kind.item.ndim), tuple(places)


def _may_raise(s: Instr) -> bool:
    """Whether an operation on numbers or a list may raise an exception."""
    return s.primitive.checked is not None or s.primitive.may_raise(**s.options)


def _leaves_items(s: Instr) -> bool:
    """Whether an effect leaves all arrays of lists as they are."""
    return s.primitive.writes and not holds_arrays(s.args[0].kind)


def _reads_part(s: Instr) -> bool:
    if s.primitive is dim:
        return True
    return s.primitive is index and is_basic(s.options["pattern"], [a.kind for a in s.args[1:]])
