"""Where a program uses one memory by two names between which the reverse sweep cannot mediate.

    flat = a.ravel()          `flat` may be a copy, so it has a shadow of its own,
    flat[0] = x               which this store changes
    np.sum(a)                 a conflict: the shadow of `a` ought to know of the store

An array is *coherent* if its shadow is found from other shadows by reference (`Storage.shown`
leads to an array that was made, to a parameter, or to a join whose parts are known). The others
hand their adjoint over where they are made, once: what they are made of may be read again only
if nobody wrote in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from diffpy.kinds import Array
from diffpy.transform.analyse_storage import Storage
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
    operands,
    targets,
)

#: the blocks around a place, outermost first
Path = tuple[tuple[Statement, int], ...]


@dataclass(frozen=True)
class Conflict:
    """``used`` is read after ``write`` changed its memory by the name ``written``."""

    write: Statement
    written: Var
    used: Var
    #: None for what the caller does with a parameter
    use: Statement | None


@dataclass(frozen=True)
class _Place:
    """Where something happens: a number in program order, and the blocks around."""

    order: int
    path: Path
    statement: Statement | None = None


def find_conflicts(function: Function, storage: Storage, groups: set[Var]) -> list[Conflict]:
    """The conflicts among arrays of some groups, in program order."""
    return list(_Search(function, storage, groups).conflicts())


def coherent_root(v: Var, function: Function, storage: Storage) -> Var | None:
    """The array whose shadow that of ``v`` is a view of; None if ``v`` has one of its own."""
    root = shown(v, storage)
    if root in function.params or root in function.joins:
        return root
    match storage.makers.get(root):
        case Instr(primitive=primitive) if primitive.fresh and not primitive.view:
            return root
        case Call() as call:
            arrays = [a for a in call.args if isinstance(a, Var) and isinstance(a.kind, Array)]
            alone = all(storage.group(a) is not storage.group(root) for a in arrays)
            return root if alone else None
        case _:
            return None


def shown(v: Var, storage: Storage) -> Var:
    """The array that ``v`` surely is a view of."""
    made = storage.makers.get(v)
    while isinstance(made, Instr) and made.primitive.mirrored:
        source = made.args[0]
        assert isinstance(source, Var)
        v, made = source, storage.makers.get(source)
    return v


@dataclass(eq=False)
class _Search:
    function: Function
    storage: Storage
    groups: set[Var]
    defined: dict[Var, _Place] = field(default_factory=dict)
    uses: list[tuple[Var, _Place]] = field(default_factory=list)
    writes: dict[Var, list[tuple[Var, _Place]]] = field(default_factory=dict)
    _count: int = 0

    def conflicts(self) -> Iterator[Conflict]:
        self.defined.update((p, _Place(0, ())) for p in self.function.params)
        self._visit(self.function.body, ())
        end = self._next(())
        self._use((*self.function.results, *self.function.params), end)
        roots = {v: self._root(v) for v in self._members()}
        apart = {self.storage.group(v) for v, (root, _) in roots.items() if root is None}
        for used, use in self.uses:
            group = self.storage.group(used)
            for written, write in self.writes.get(group, ()) if group in apart else ():
                if self._apart(roots, used, written) and self._in_between(used, write, use):
                    assert write.statement is not None
                    yield Conflict(write.statement, written, used, use.statement)

    def _root(self, v: Var) -> tuple[Var | None, Var]:
        return (
            coherent_root(v, self.function, self.storage),
            shown(v, self.storage),
        )

    def _members(self) -> set[Var]:
        written = (v for many in self.writes.values() for v, _ in many)
        return {v for v, _ in self.uses} | set(written)

    def _apart(self, roots: dict[Var, tuple[Var | None, Var]], first: Var, second: Var) -> bool:
        """Whether a change of the one's shadow is not seen in the other's."""
        (one, top), (two, other) = roots[first], roots[second]
        if top is other or (one is not None and two is not None):
            return False
        return not (self._made_after(one, other) or self._made_after(two, top))

    def _made_after(self, made: Var | None, other: Var) -> bool:
        """Whether an array is made when the other is there, so that they are not the same."""
        if made is None or made in self.function.params or made in self.function.joins:
            return False
        late, early = self.defined[made], self.defined[other]
        loops = {step for step in early.path if isinstance(step[0], For | While)}
        return late.order > early.order and loops <= set(late.path)

    def _in_between(self, used: Var, write: _Place, use: _Place) -> bool:
        """Whether the write may come after ``used`` was made and before it is used."""
        made = self.defined[used]
        within = set(made.path)
        around = {step for step in write.path if isinstance(step[0], For | While)}
        if any(step in around and step not in within for step in use.path):
            return True  # in a later iteration
        if not made.order < write.order:
            return False
        if write.statement is use.statement:
            return isinstance(use.statement, Call)
        return write.order < use.order and not _exclusive(write.path, use.path)

    # --- places ---

    def _next(self, path: Path, statement: Statement | None = None) -> _Place:
        self._count += 1
        return _Place(self._count, path, statement)

    def _use(self, atoms: Sequence[Atom], place: _Place) -> None:
        for a in atoms:
            if isinstance(a, Var) and self._counts(a):
                self.uses.append((a, place))

    def _counts(self, v: Var) -> bool:
        return isinstance(v.kind, Array) and self.storage.group(v) in self.groups

    def _visit(self, block: Block, path: Path) -> None:
        for s in block.statements:
            here = self._next(path, s)
            self._use(operands(s), here)
            for written in self.storage.written_by[s]:
                if self._counts(written):
                    group = self.storage.group(written)
                    self.writes.setdefault(group, []).append((written, here))
            parts = blocks(s)
            for n, part in enumerate(parts):
                # the test and the body of a `while` are one scope
                inner = (*path, (s, n if isinstance(s, If) else 0))
                if n == 0:
                    head = self._next(inner)
                    self.defined.update(dict.fromkeys(block_arguments(s), head))
                self._visit(part, inner)
                self._use(part.yields, self._next(inner, s))
            made = self._next(path) if parts else here
            self.defined.update(dict.fromkeys(targets(s), made))


def _exclusive(first: Path, second: Path) -> bool:
    """Whether two places are in different arms of one branch."""
    for (one, arm), (two, other) in zip(first, second, strict=False):
        if one is not two:
            return False
        if arm != other:
            return isinstance(one, If)
    return False
