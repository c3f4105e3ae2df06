"""Let a list own the arrays in it, where a program writes into them.

To the other passes an array in a list is a value: nobody writes into it. A program that does is
changed into one that puts another array in its place, or writes one element in its place,

    t = xs[k]                    t = xs[k]
    t[:] = v             ->      own = t.copy(); own[:] = v; xs[k] = own
    t[0] = w                     xs[k][0] = w
    y = t[1]                     y = xs[k][1]

which means the same if nothing but the list refers to the array. That is the case for an array that
was just made, is put into one list once, and is not used under its old name after an array of the
list was written into. Everything else is refused.

Lists and the arrays that may be in them form a *class*: a list, its other names, what is put into
it and taken from it. Of the functions that are called, a `_Summary` says what they do to the lists
and arrays that they get.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from diffpy.errors import DiffpyError, Place, UnsupportedSyntaxError, is_ours
from diffpy.kinds import Array, Kind, List, is_storage
from diffpy.rules.containers import (
    length,
    list_append,
    list_cut,
    list_extend,
    list_fill,
    list_get,
    list_pop,
    list_put_back,
    list_set,
    list_slice,
    list_to_array,
    new_list,
    remove_at,
    reverse_in_place,
)
from diffpy.rules.raising import throw_user
from diffpy.rules.structural import empty, holds_arrays
from diffpy.transform.analyse_order import Loops, Order, Spot
from diffpy.transform.analyse_storage import Groups, analyse_storage
from diffpy.transform.ir import (
    Atom,
    Call,
    Const,
    For,
    Function,
    If,
    Instr,
    Line,
    Statement,
    Var,
    While,
    called_functions,
    operands,
    targets,
    walk,
)
from diffpy.transform.part_items import part_items
from diffpy.transform.put_back_items import Changes, Path

_PUTS = {list_append, list_set, list_put_back}
_MOVES = {*_PUTS, list_pop, list_extend, list_cut, remove_at, reverse_in_place}
#: what leaves each array in one list
_TIDY = {*_PUTS, list_get, list_pop, remove_at, reverse_in_place, length, new_list}


@dataclass(frozen=True)
class _Summary:
    """What a function does to its parameters (0, 1, …) and what its results (-1, -2, …) are."""

    #: arrays, and the lists that they are in afterwards
    put: frozenset[tuple[int, int]] = frozenset()
    #: results, and the lists and arrays that they may be of
    taken: frozenset[tuple[int, int]] = frozenset()
    #: lists whose arrays are written into, and lists in which they change places
    written: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()
    #: lists whose arrays something else may refer to
    shared: frozenset[int] = frozenset()


def own_items(entry: Function) -> None:
    """Change a program, in place, so that nothing writes into an array that is in a list.

    To be called for the user's own program; derivatives of it keep to the rule by themselves.

    Raises
    ------
    UnsupportedSyntaxError
        If something else may refer to an array that is written into, or a list holds arrays without
        dimensions.
    """
    functions = called_functions(entry)
    changes = _changes(entry, functions)
    if changes is not None:
        for f, change in zip(functions, changes, strict=True):
            f.body = change.block(f.body)
        part_items(functions)


def writes_into_items(entry: Function) -> bool:
    """Whether a program writes into arrays that are in lists, as `own_items` would change it.

    Raises
    ------
    UnsupportedSyntaxError
        As `own_items`.
    """
    changes = _changes(entry, called_functions(entry))
    return any(c.own or c.leaving or c.again for c in changes or ())


def _changes(entry: Function, functions: Sequence[Function]) -> list[Changes] | None:
    """How each function has to be changed; None if there are no lists of arrays."""
    if not any(map(_has_lists_of_arrays, functions)):
        return None
    _refuse_scalar_arrays(functions)
    known = dict.fromkeys(functions, _Summary())
    owners = [_Owner(f, known, f is entry) for f in functions]
    changed = True
    while changed:
        changed = False
        for owner in owners:
            now = owner.summary()
            changed |= now != known[owner.function]
            known[owner.function] = now
    return [owner.changes() for owner in owners]


def _has_lists_of_arrays(f: Function) -> bool:
    """Whether a function itself has a list of arrays whose length is not known while compiling."""
    atoms = [*f.params, *(a for s in walk(f.body) for a in (*operands(s), *targets(s)))]
    return any(holds_arrays(a.kind) for a in atoms)


def _refuse_scalar_arrays(functions: Sequence[Function]) -> None:
    """In a shadow an array without elements stands for zeros: a number in an array is none."""
    seen: list[Place | None] = []
    found = False
    for f in functions:
        for s in walk(f.body):
            kinds = [a.kind for a in (*operands(s), *targets(s))]
            items = [kind.item for kind in kinds if isinstance(kind, List)]
            found |= any(map(_is_scalar_array, items))
            if any(map(_is_scalar_array, (*kinds, *items))):
                seen.append(_place_of(s, f))
    if found:
        users = (p for p in seen if p is not None and not is_ours(p.filename))
        raise UnsupportedSyntaxError(
            "a list that grows holds arrays without dimensions",
            next(users, None),
            fix="put numbers into it: float(a), a[()]",
        )


def _is_scalar_array(kind: Kind) -> bool:
    return isinstance(kind, Array) and kind.ndim == 0


class _Owner:
    """What one function does to lists of arrays, and how it has to be changed."""

    def __init__(self, f: Function, known: Mapping[Function, _Summary], outermost: bool) -> None:
        self.function = f
        self._known = known
        self._outermost = outermost
        self._storage = analyse_storage(f)
        self._order = Order(f)
        self._members: dict[Var, list[Var]] = {}
        for v in (*f.params, *self._order.maker):
            if isinstance(v.kind, Array):
                self._members.setdefault(self._storage.group(v), []).append(v)

    def summary(self) -> _Summary:
        """What callers have to know."""
        self._find_classes()
        f = self.function
        atoms = {**dict(enumerate(f.params)), **{-1 - j: r for j, r in enumerate(f.results)}}
        places = {i: a for i, a in atoms.items() if isinstance(a, Var) and is_storage(a.kind)}
        lists = {i: a for i, a in places.items() if holds_arrays(a.kind)}
        arrays = {i: a for i, a in places.items() if isinstance(a.kind, Array)}
        put = {
            (i, k)
            for i, a in arrays.items()
            for k, xs in lists.items()
            if i >= 0 and self._is_put(a) and self._class(a) is self._class(xs)
        }
        taken = {
            (i, k)
            for i, a in arrays.items()
            for k, other in places.items()
            if i < 0 and k != i and self._is_put(a) and self._class(a) is self._class(other)
        }
        return _Summary(
            frozenset(put),
            frozenset(taken),
            frozenset(i for i, xs in lists.items() if i >= 0 and self._writes(xs)),
            frozenset(i for i, xs in lists.items() if i >= 0 and self._moves(xs)),
            frozenset(i for i, xs in lists.items() if self._class(xs) in self._shared),
        )

    # -- classes -----------------------------------------------------------------------------------

    def _class(self, v: Var) -> Var:
        return self._classes.find(self._storage.group(v))

    def _find_classes(self) -> None:
        self._classes = Groups()
        #: where an array of a group comes into a list, or out of it without leaving it
        self._puts: dict[Var, list[Statement]] = {}
        #: which of these put it there, and under which name
        self._given: dict[Var, list[tuple[Var, Statement]]] = {}
        self._moved: dict[Var, list[Statement]] = {}
        self._written: dict[Var, list[Statement]] = {}
        statements = self._order.statements()
        for s in statements:
            self._join(s)
        for s in statements:
            for cls in self._classes_moved(s):
                self._moved.setdefault(cls, []).append(s)
        loose = {xs for s in statements for xs in self._note_puts(s)}
        for s in statements:
            for cls in self._classes_written(s):
                self._written.setdefault(cls, []).append(s)
        for group, given in self._given.items():
            spots = [s for _, s in given]
            new = all(self._is_new(a, self._order.loops[s]) for a, s in given)
            if not (new and self._order.are_alternatives(spots)):
                loose.add(group)
        if self._outermost:
            loose.update(p for p in self.function.params if holds_arrays(p.kind))
        self._shared = set(map(self._class, loose))

    def _join(self, s: Statement) -> None:
        """Put what a statement moves between lists and arrays into one class."""
        pairs: list[tuple[Atom, Atom]] = []
        if isinstance(s, Instr) and s.primitive is not list_to_array:
            atoms = (*s.args, *targets(s))
            lists = [a for a in atoms if holds_arrays(a.kind)]
            arrays = [a for a in atoms if isinstance(a.kind, Array)]
            pairs += [(lists[0], a) for a in (*lists, *arrays) if lists]
        elif isinstance(s, Call):
            summary = self._known[s.function]
            pairs += [(_at(s, i), _at(s, k)) for i, k in (*summary.put, *summary.taken)]
        for first, second in pairs:
            if isinstance(first, Var) and isinstance(second, Var):
                self._classes.union(self._storage.group(first), self._storage.group(second))

    def _note_puts(self, s: Statement) -> list[Var]:
        """Note what a statement puts into lists; returns the lists in which it is not alone."""
        if isinstance(s, Call):
            summary = self._known[s.function]
            for i, _ in summary.put:
                self._put(_at(s, i), s)
            for i, k in summary.taken:
                self._meet(_at(s, i), s)
                self._meet(_at(s, k), s)
            return self._lists(s, "shared")
        if not isinstance(s, Instr):
            return []
        lists = [a for a in (*s.args, *targets(s)) if isinstance(a, Var) and holds_arrays(a.kind)]
        if not lists or s.primitive is list_to_array:
            return []
        if s.primitive is list_get and s.target is not None:
            self._meet(s.target, s)
        elif s.primitive in _PUTS or s.primitive is new_list:
            for a in s.args:
                if not self._is_filler(a) and not self._is_there_already(s):
                    self._put(a, s)
        elif not self._is_tidy(s):
            return lists[:1]
        return []

    def _is_tidy(self, s: Instr) -> bool:
        """Whether an operation leaves each array in one list at most."""
        if s.primitive is list_fill:
            return self._is_filler(s.args[0])
        if s.primitive in (list_cut, list_slice):
            return not any(s.target in read for _, read in self._reads())
        return s.primitive in _TIDY

    def _meet(self, a: Atom, s: Statement) -> None:
        if isinstance(a, Var) and isinstance(a.kind, Array):
            self._puts.setdefault(self._storage.group(a), []).append(s)

    def _put(self, a: Atom, s: Statement) -> None:
        if isinstance(a, Var) and isinstance(a.kind, Array):
            self._meet(a, s)
            self._given.setdefault(self._storage.group(a), []).append((a, s))

    def _is_put(self, a: Var) -> bool:
        return self._storage.group(a) in self._puts

    def _is_filler(self, a: Atom) -> bool:
        """Whether an array has no elements, and stands where nothing is."""
        made = self._order.maker.get(a) if isinstance(a, Var) else None
        return (
            isinstance(made, Instr)
            and made.primitive is empty
            and all(isinstance(n, Const) and n.value == 0 for n in made.args)
        )

    def _is_there_already(self, s: Instr) -> bool:
        """Whether an array is put where it was taken from: ``xs[k] = xs[k]``."""
        if s.primitive is not list_set:
            return False
        xs, k, v = s.args
        made = self._order.maker.get(v) if isinstance(v, Var) else None
        if not isinstance(made, Instr) or made.primitive is not list_get:
            return False
        if made.args[0] is not xs or not _same(made.args[1], k):
            return False
        return not any(self._order.is_between(made, m, s) for m in self._moves(xs))

    def _is_new(self, a: Atom, loops: Loops, seen: frozenset[Atom] = frozenset()) -> bool:
        """Whether a variable is another new array in each iteration of loops."""
        if not isinstance(a, Var) or a in seen:
            return False
        made = self._order.maker.get(a)
        around = () if made is None else self._order.loops[made]
        seen |= {a}
        match made:
            case None:  # a parameter: the caller hands it over, if it can know
                return not self._outermost and not loops and self._meets_list_parameter(a)
            case Instr() if made.primitive.fresh or made.primitive is list_pop:
                return around == loops
            case Instr() if made.primitive.view:
                return self._is_new(made.args[0], loops, seen)
            case Call():
                return around == loops and self._is_new_result(a, made)
            case If():
                n = made.results.index(a)
                arms = (made.then.yields[n], made.orelse.yields[n])
                return around == loops and all(
                    self._is_filler(y) or self._is_new(y, loops, seen) for y in arms
                )
            case For() | While():
                inner = (*around, made)
                n = (made.heads if a in made.heads else made.results).index(a)
                return (
                    loops == (inner if a in made.heads else around)
                    and self._is_new(made.inits[n], around, seen)
                    and self._is_new(made.body.yields[n], inner, seen)
                )
        return False

    def _is_new_result(self, a: Var, call: Call) -> bool:
        taken = {_at(call, i) for i, _ in self._known[call.function].taken}
        arrays = (b for b in call.args if isinstance(b, Var) and isinstance(b.kind, Array))
        group = self._storage.group(a)
        return a not in taken and all(self._storage.group(b) is not group for b in arrays)

    def _meets_list_parameter(self, v: Var) -> bool:
        params = (p for p in self.function.params if holds_arrays(p.kind))
        return any(self._class(p) is self._class(v) for p in params)

    def _reads(self) -> Iterator[tuple[Spot, tuple[Atom, ...]]]:
        """What each statement reads; not what is only carried on and never used."""
        used = self._used()
        for s in self._order.statements():
            if isinstance(s, Instr | Call):
                yield s, s.args
            for spot, a, into in _carried(s):
                if not used.isdisjoint(into):
                    yield spot, (a,)
        yield self.function.body, self.function.results

    def _used(self) -> set[Atom]:
        """The variables that a statement uses, itself or under another name."""
        statements = self._order.statements()
        carried = [(a, into) for s in statements for _, a, into in _carried(s)]
        used: set[Atom] = set(self.function.results)
        used.update(a for s in statements if isinstance(s, Instr | Call) for a in s.args)
        count = -1
        while count != len(used):
            count = len(used)
            used.update([a for a, into in carried if not used.isdisjoint(into)])
        return used

    # -- writes ------------------------------------------------------------------------------------

    def _path(self, v: Atom) -> Path | None:
        """How an array is reached from a list, if that is known."""
        made = self._order.maker.get(v) if isinstance(v, Var) else None
        if isinstance(made, If):
            return self._path_past(made, v)
        if not isinstance(made, Instr):
            return None
        if made.primitive is list_get:
            return (made,)
        if made.primitive.mirrored:
            before = self._path(made.args[0])
            return None if before is None else (*before, made)
        return None

    def _path_past(self, s: If, v: Atom) -> Path | None:
        """The path of an array that is missing if an exception was raised in its place."""
        n = s.results.index(v)
        for arm, other in ((s.then, s.orelse), (s.orelse, s.then)):
            raised = any(isinstance(t, Instr) and t.primitive is throw_user for t in arm.statements)
            path = self._path(other.yields[n])
            if raised and path is not None and len(path) == 1:
                (get,) = path
                inside = {t for inner in other.statements for t in targets(inner)}
                return path if inside.isdisjoint(get.args) else None
        return None

    def _stores(self, s: Statement) -> list[Var]:
        """The arrays that a statement writes into."""
        return [v for v in self._storage.written_by.get(s, ()) if isinstance(v.kind, Array)]

    def _writes(self, v: Var) -> list[Statement]:
        """The statements that write into arrays that are in a list of the class of ``v``."""
        return self._written.get(self._class(v), [])

    def _classes_written(self, s: Statement) -> Iterator[Var]:
        for v in self._stores(s):
            if self._path(v) is not None or self._was_popped(v):
                yield self._class(v)
        yield from map(self._class, self._lists(s, "written"))

    def _was_popped(self, v: Var) -> bool:
        return bool(self._pops(v))

    def _pops(self, v: Var) -> set[Statement]:
        makers = map(self._order.maker.get, self._members[self._storage.group(v)])
        return {m for m in makers if isinstance(m, Instr) and m.primitive is list_pop}

    def _moves(self, xs: Atom) -> list[Statement]:
        """The statements after which another array may be at a place of the list."""
        assert isinstance(xs, Var)
        return self._moved.get(self._class(xs), [])

    def _classes_moved(self, s: Statement) -> Iterator[Var]:
        if isinstance(s, Instr) and s.primitive in _MOVES:
            xs = s.args[0]
            if isinstance(xs, Var) and holds_arrays(xs.kind):
                yield self._class(xs)
        yield from map(self._class, self._lists(s, "moved"))

    def _lists(self, s: Spot, what: str) -> list[Var]:
        """The lists to which a call does something."""
        if not isinstance(s, Call):
            return []
        places = getattr(self._known[s.function], what)
        return [xs for i in places if isinstance(xs := _at(s, i), Var)]

    # -- changes -----------------------------------------------------------------------------------

    def changes(self) -> Changes:
        """How the function has to be changed; an error if that can not be."""
        self._find_classes()
        changes = Changes()
        for s in self._order.statements():
            for v in self._stores(s):
                if self._is_put(v) or self._was_popped(v):
                    self._own(s, v, changes)
            if isinstance(s, Call):
                self._check_call(s)
        for spot, atoms in self._reads():
            for v in dict.fromkeys(a for a in atoms if isinstance(a, Var)):
                if isinstance(v.kind, Array) and v not in changes.own.get(spot, ()):
                    self._read(spot, v, changes)
        return changes

    def _own(self, s: Statement, v: Var, changes: Changes) -> None:
        """A statement writes into an array that was, is or will be in a list."""
        path = self._path(v)
        if path is None:
            if self._is_in_list(v, s):
                raise self._error(s, f"{_name(v)} is changed, and it may be in a list", v)
            pops = self._pops(v)
            changes.leaving.update(pops)
            if pops:
                self._refuse_shared(s, v)
            return
        self._refuse_shared(s, v)
        self._check_moves(path, s, v)
        changes.own.setdefault(s, {})[v] = path

    def _refuse_shared(self, s: Statement, v: Var) -> None:
        if self._class(v) in self._shared:
            what = f"{_name(v)} is changed, which is in a list and may be something else too"
            raise self._error(s, what, v)

    def _check_call(self, s: Call) -> None:
        """A function that writes into arrays of a list must not know them by other names."""
        written = [*self._stores(s), *self._lists(s, "written")]
        for v in written:
            if isinstance(v.kind, List):
                self._refuse_shared(s, v)
            elif self._path(v) is None:
                continue
            others = [a for a in s.args if isinstance(a, Var) and self._is_in_class(a, s)]
            if sum(self._class(a) is self._class(v) for a in others) > 1:
                what = f"`{s.function.name}` changes an array that it gets by two names"
                raise self._error(s, what, v)

    def _is_in_class(self, a: Var, s: Statement) -> bool:
        if isinstance(a.kind, Array):
            return self._path(a) is not None or self._is_in_list(a, s)
        return holds_arrays(a.kind)

    def _is_in_list(self, v: Var, s: Spot) -> bool:
        """Whether an array may be in a list when a statement runs."""
        puts = self._puts.get(self._storage.group(v), ())
        return any(self._order.may_follow(s, put, self._scope(v)) for put in puts)

    def _scope(self, v: Var) -> Loops:
        """The loops in each of whose iterations an array is another one."""
        made = self._order.maker.get(v)
        if isinstance(made, Instr) and made.primitive.fresh:
            return self._order.loops[made]
        if isinstance(made, Instr) and made.primitive.view and isinstance(made.args[0], Var):
            return self._scope(made.args[0])
        return self._storage.scope[self._storage.group(v)]

    def _read(self, s: Spot, v: Var, changes: Changes) -> None:
        """An array is read that an array of a list may be."""
        group = self._storage.group(v)
        if group not in self._puts:
            return
        path = self._path(v)
        writes = self._writes(v)
        if path is None:
            made = self._order.maker.get(v)
            for w in writes:
                if self._order.is_between(made, w, s) and self._is_in_list(v, w):
                    what = f"{_name(v)} is used after an array was changed that it may be"
                    raise self._error(s, what, v, w)
        elif any(self._order.is_between(path[0], w, s) for w in writes):
            self._check_moves(path, s, v)
            changes.again.setdefault(s, {})[v] = path

    def _check_moves(self, path: Path, s: Spot, v: Var) -> None:
        _, k = path[0].args
        for m in self._moves(path[0].args[0]):
            if isinstance(m, Instr) and m.primitive is list_append and _is_from_the_start(k):
                continue
            if isinstance(m, Instr) and self._is_there_already(m):
                continue
            if self._order.is_between(path[0], m, s):
                what = f"{_name(v)} is used after the list changed that it comes from"
                raise self._error(s, what, v, m)

    def _error(self, s: Spot, what: str, v: Var, changed: Spot | None = None) -> DiffpyError:
        copied = "….copy()" if v.temporary else f"{v.name}.copy()"
        return UnsupportedSyntaxError(
            what,
            _place_of(s, self.function) or _place_of(changed or s, self.function),
            "a list holds the array itself, which would change with it",
            f"put a copy into the list, or take one from it: {copied}",
        )


def _place_of(s: Spot, f: Function) -> Place | None:
    """The user's line that a statement was made from."""
    line, origin = getattr(s, "line", None), f.origin
    if isinstance(line, Line):
        return line.place
    if origin is None or line is None or line not in origin.lines:
        return None
    return Place(origin.filename, line, 0, None, origin.lines[line])


def _name(v: Var) -> str:
    return "an array" if v.temporary or isinstance(v.kind, List) else f"`{v.name}`"


def _carried(s: Statement) -> Iterator[tuple[Spot, Atom, tuple[Var, ...]]]:
    """What goes by other names inside or after a statement: where, what, and the names."""
    match s:
        case If():
            for arm in (s.then, s.orelse):
                for a, result in zip(arm.yields, s.results, strict=True):
                    yield arm, a, (result,)
        case For() | While():
            names = [*zip(s.heads, s.results, strict=True)]
            for a, into in zip(s.inits, names, strict=True):
                yield s, a, into
            for a, into in zip(s.body.yields, names):
                yield s.body, a, into
        case _:
            pass


def _at(s: Call, position: int) -> Atom:
    return s.args[position] if position >= 0 else s.targets[-1 - position]


def _same(first: Atom, second: Atom) -> bool:
    if isinstance(first, Const) and isinstance(second, Const):
        return bool(first.value == second.value)
    return first is second


def _is_from_the_start(k: Atom) -> bool:
    return isinstance(k, Const) and k.value >= 0
