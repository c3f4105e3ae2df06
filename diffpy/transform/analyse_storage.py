"""Which arrays share memory, which are written into, and which reads are still valid later.

    a = np.zeros(n)          group 1, written
    row = a[1:]              group 1 (a view)
    b = a * 2                group 2 (fresh)
    a[0] = x                 a store after both reads: `row` and `a` as read above are *unstable*

The reverse sweep may read an array again only if nobody wrote into it since; otherwise it needs
what was read then. Groups are flow-insensitive: one group for everything that may share memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from diffpy.kinds import is_storage
from diffpy.rules.structural import pop, push
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    For,
    Function,
    If,
    Instr,
    Statement,
    Var,
    While,
    block_arguments,
    blocks,
    called_functions,
    targets,
    walk,
)


class Groups:
    """Union-find over variables."""

    def __init__(self) -> None:
        self._parent: dict[Var, Var] = {}

    def find(self, v: Var) -> Var:
        root = v
        while (parent := self._parent.get(root, root)) is not root:
            root = parent
        while v is not root:
            self._parent[v], v = root, self._parent.get(v, root)
        return root

    def union(self, first: Atom, second: Atom) -> None:
        if isinstance(first, Var) and isinstance(second, Var):
            if is_storage(first.kind) and is_storage(second.kind):
                self._parent[self.find(first)] = self.find(second)


@dataclass(eq=False)
class Storage:
    """Facts about the arrays of one function."""

    groups: Groups = field(default_factory=Groups)
    #: position of each statement in program order, and the loops around it
    position: dict[Statement, int] = field(default_factory=dict)
    loops: dict[Statement, tuple[Statement, ...]] = field(default_factory=dict)
    #: what computes each variable: an operation, or the loop whose index it is
    makers: dict[Var, Statement] = field(default_factory=dict)
    #: statements that write into a group, by its representative
    writes: dict[Var, list[Statement]] = field(default_factory=dict)
    written_by: dict[Statement, list[Var]] = field(default_factory=dict)
    #: lists that the reverse sweep does not get, by their groups
    lost: set[Var] = field(default_factory=set)
    #: the innermost loop that holds every definition of the group, as a chain from outside
    scope: dict[Var, tuple[Statement, ...]] = field(default_factory=dict)

    def group(self, v: Var) -> Var:
        return self.groups.find(v)

    def is_written(self, v: Var) -> bool:
        """Whether anything that may share memory with ``v`` is written into."""
        return is_storage(v.kind) and self.group(v) in self.writes

    def is_stable(
        self,
        v: Var,
        reader: Statement,
        after: bool = False,
        among: Callable[[Statement], bool] = lambda write: True,
    ) -> bool:
        """Whether ``v`` still holds, when the reverse sweep comes to ``reader``, what it held.

        ``after``: what it held when ``reader``, which may write itself, was done. ``among``: which
        writes matter.
        """
        if is_storage(v.kind) and self.group(v) in self.lost:
            return False
        if not self.is_written(v):
            return True
        if reader not in self.position:  # a copy of a statement
            return False
        group = self.group(v)
        outside = set(self.loops[reader]) - set(self.scope[group])
        first = self.position[reader] + after
        return not any(
            self.position[write] >= first or outside & set(self.loops[write])
            for write in self.writes[group]
            if among(write)
        )

    def writes_into(self, s: Statement, v: Var) -> bool:
        """Whether a statement itself writes into what ``v`` may show."""
        group = self.group(v)
        return any(self.group(written) is group for written in self.written_by.get(s, ()))


@dataclass(frozen=True)
class _Sharing:
    """What a function does to the memory of its parameters, which go by their indices."""

    written: frozenset[int] = frozenset()
    #: the results and parameters (-1 - i) that may share memory, where a result does
    shared: frozenset[frozenset[int]] = frozenset()


def analyse_storage(function: Function) -> Storage:
    """Group the arrays of a function and find the stores into each group."""
    return _analyse(function, _sharing(function))


def _sharing(function: Function) -> dict[Function, _Sharing]:
    """What each function in reach does to its parameters."""
    callees = [f for f in called_functions(function) if f is not function or f.recursive]
    known = {f: _Sharing() for f in callees}
    changed = True
    while changed:
        changed = False
        for f in callees:
            if not any(is_storage(p.kind) for p in f.params):
                continue
            now = _sharing_of(f, _analyse(f, known))
            changed |= now != known[f]
            known[f] = now
    return known


def _sharing_of(f: Function, storage: Storage) -> _Sharing:
    params = {i: p for i, p in enumerate(f.params) if is_storage(p.kind)}
    results = {i: r for i, r in enumerate(f.results) if is_storage(r.kind)}
    groups: dict[Var, set[int]] = {}
    for i, r in results.items():
        assert isinstance(r, Var)
        groups.setdefault(storage.group(r), set()).add(i)
    for i, p in params.items():
        if storage.group(p) in groups:
            groups[storage.group(p)].add(-1 - i)
    return _Sharing(
        frozenset(i for i, p in params.items() if storage.is_written(p)),
        frozenset(map(frozenset, groups.values())),
    )


def _writes_of(statement: Statement, known: dict[Function, _Sharing]) -> list[Var]:
    """The arrays that a statement itself writes into."""
    match statement:
        case Instr() if statement.primitive.writes:
            atoms = [statement.args[0]]
        case Call():
            sharing = known.get(statement.function, _Sharing())
            atoms = [statement.args[i] for i in sorted(sharing.written)]
        case _:
            atoms = []
    return [v for v in atoms if isinstance(v, Var)]


def _analyse(function: Function, known: dict[Function, _Sharing]) -> Storage:
    storage = Storage()
    groups = storage.groups
    for overlap in function.overlaps:
        first, *rest = overlap
        for other in rest:
            groups.union(first, other)
    home: dict[Var, tuple[Statement, ...]] = dict.fromkeys(function.params, ())

    def visit(block: Block, loops: tuple[Statement, ...]) -> None:
        for statement in block.statements:
            storage.position[statement] = len(storage.position)
            storage.loops[statement] = loops
            home.update((v, loops) for v in targets(statement))
            storage.makers.update((v, statement) for v in targets(statement))
            if isinstance(statement, For):
                storage.makers[statement.index] = statement
            _join_groups(groups, statement, known)
            inner = (*loops, statement) if isinstance(statement, For | While) else loops
            home.update((v, loops) for v in block_arguments(statement))
            for child in blocks(statement):
                visit(child, inner)

    visit(function.body, ())
    for statement in storage.position:
        storage.written_by[statement] = _writes_of(statement, known)
        for v in storage.written_by[statement]:
            storage.writes.setdefault(groups.find(v), []).append(statement)
    for v, loops in home.items():
        if is_storage(v.kind):
            group = groups.find(v)
            others = storage.scope.get(group)
            storage.scope[group] = loops if others is None else _common(others, loops)
    return storage


def _common(first: tuple[Statement, ...], second: tuple[Statement, ...]) -> tuple[Statement, ...]:
    length = 0
    while length < min(len(first), len(second)) and first[length] is second[length]:
        length += 1
    return first[:length]


def _join_groups(groups: Groups, statement: Statement, known: dict[Function, _Sharing]) -> None:
    match statement:
        case Instr() if statement.primitive.view and statement.target is not None:
            groups.union(statement.target, statement.args[0])
        case Call():
            for shared in known.get(statement.function, _Sharing()).shared:
                first, *others = (
                    statement.targets[i] if i >= 0 else statement.args[-1 - i] for i in shared
                )
                for other in others:
                    groups.union(first, other)
        case If():
            for block in (statement.then, statement.orelse):
                for result, atom in zip(statement.results, block.yields, strict=True):
                    groups.union(result, atom)
        case For() | While():
            joined = zip(statement.heads, statement.inits, statement.body.yields, statement.results)
            for head, *others in joined:
                for atom in others:
                    groups.union(head, atom)
        case _:
            pass


def touches_tape(function: Function, seen: frozenset[Function] = frozenset()) -> bool:
    """Whether a function pushes or pops, itself or in a callee."""
    if function in seen:
        return False
    seen = seen | {function}
    for s in walk(function.body):
        if isinstance(s, Instr) and s.primitive in (push, pop):
            return True
        if isinstance(s, Call) and touches_tape(s.function, seen):
            return True
    return False
