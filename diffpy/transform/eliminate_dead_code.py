"""Remove what neither the results nor an effect depends on.

The passes before this one compute what may be needed; this one finds out what is:

    x_bar = np.zeros(n)
    t = x * y                     becomes        return y
    x_bar[0] += t
    return y

>>> from diffpy.kinds import PY_FLOAT, PY_INT, Array
>>> from diffpy.rules.operators import multiply
>>> from diffpy.rules.structural import accumulate, zeros
>>> x, y, n = Var("x", PY_FLOAT), Var("y", PY_FLOAT), Var("n", PY_INT)
>>> x_bar, t = Var("x_bar", Array("float64", 1)), Var("t", PY_FLOAT)
>>> f = Function("f", (x, y, n))
>>> f.body = Block((
...     Instr(x_bar, zeros, (n,), (("dtype", "float64"),)),
...     Instr(t, multiply, (x, y)),
...     Instr(None, accumulate, (x_bar, t, Const(0, PY_INT)), (("pattern", ("i",)),)),
... ), (y,))
>>> eliminate_dead_code(f).body
Block(statements=(), yields=(y:float,))

An unneeded loop or call goes even if it might not have ended: a derivative may drop work of the
primal. Pushes, pops, prints and what may raise stay: where the primal raises, so does its
derivative.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from diffpy.kinds import Array, List, Scalar, is_storage
from diffpy.rules import operators
from diffpy.rules.structural import dim
from diffpy.transform.analyse_storage import Groups
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Instr,
    Statement,
    Var,
    While,
    blocks,
    called_functions,
    map_blocks,
    targets,
    walk,
)

#: Python's integers have no bounds, so that a check for 64 bits is not the program's own
_UNBOUNDED = (
    operators.add,
    operators.subtract,
    operators.multiply,
    operators.negative,
    operators.absolute,
)


def eliminate_dead_code(entry: Function) -> Function:
    """The program of ``entry`` without dead code; its functions are made anew."""
    functions = called_functions(entry)
    effects = _functions_with_effects(functions)
    made = {f: replace(f) for f in functions}
    for function in functions:
        _clean(function, made[function], effects)
    for function in made.values():
        function.body = _redirected(function.body, made)
    return made[entry]


def live_params(function: Function) -> frozenset[int]:
    """Indices of the parameters that a function reads for its results or effects."""
    callees = {s.function for s in walk(function.body) if isinstance(s, Call)}
    liveness = _Liveness(function, _Copies(function.body), callees)
    return frozenset(i for i, p in enumerate(function.params) if p in liveness.needed)


def _redirected(block: Block, made: dict[Function, Function]) -> Block:
    """The block with calls going to the functions as they are now."""

    def statement(s: Statement) -> Statement:
        if isinstance(s, Call):
            return replace(s, function=made[s.function])
        return map_blocks(s, visit)

    def visit(b: Block) -> Block:
        return Block(tuple(map(statement, b.statements)), b.yields)

    return visit(block)


# --- values that are copies of others --------------------------------------------------------


def _same(first: Atom, second: Atom) -> bool:
    if isinstance(first, Const) and isinstance(second, Const):
        return first.kind == second.kind and repr(first.value) == repr(second.value)
    return first is second


class _Copies:
    """Variables that always equal another atom: ``result = a if c else a``, unchanged heads.

    So do the results of a branch whose test is a constant, and of a loop that never runs.
    """

    def __init__(self, block: Block) -> None:
        self._of: dict[Var, Atom] = {}
        #: decided when visited: what is found out about enclosing loops comes too late
        self._taken: dict[If, Block] = {}
        self._idle: set[For | While] = set()
        self._visit(block)

    def __call__(self, atom: Atom) -> Atom:
        while isinstance(atom, Var) and (known := self._of.get(atom)) is not None:
            atom = known
        return atom

    def all(self, atoms: Iterable[Atom]) -> tuple[Atom, ...]:
        return tuple(map(self, atoms))

    def _visit(self, block: Block) -> None:
        for statement in block.statements:
            for child in blocks(statement):
                self._visit(child)
            match statement:
                case If():
                    taken = self._side(statement)
                    sides = [b.yields for b in (blocks(statement) if taken is None else [taken])]
                    for result, *sources in zip(statement.results, *sides):
                        if _same(self(sources[0]), self(sources[-1])):
                            self._of[result] = self(sources[0])
                case For() | While():
                    if self._never_runs(statement):
                        self._idle.add(statement)
                    joined = zip(
                        statement.heads,
                        statement.inits,
                        statement.body.yields,
                        statement.results,
                    )
                    for head, init, last, result in joined:
                        unchanged = _same(self(last), head) or _same(self(last), self(init))
                        if unchanged or statement in self._idle:
                            self._of[head] = self._of[result] = init

    def _side(self, statement: If) -> Block | None:
        """The side of a branch that is always taken, if one is."""
        test = self(statement.test)
        if not isinstance(test, Const):
            return None
        taken = self._taken[statement] = statement.then if test.value else statement.orelse
        return taken

    def _never_runs(self, loop: For | While) -> bool:
        if isinstance(loop, While):
            test = self(loop.test.yields[0])
            return isinstance(test, Const) and not test.value
        bounds = [self(a) for a in (loop.start, loop.stop, loop.step)]
        known = [a.value for a in bounds if isinstance(a, Const)]
        return len(known) == 3 and known[2] != 0 and not range(*map(int, known))

    def settled(self, statements: Iterable[Statement]) -> tuple[Statement, ...]:
        """The statements with branches already decided, and without loops that never run."""
        left: list[Statement] = []
        for s in statements:
            match s:
                case If() if s in self._taken:
                    left += self.settled(self._taken[s].statements)
                case For() if s in self._idle:
                    pass
                case While() if s in self._idle:
                    left += self.settled(s.test.statements)
                case _:
                    left.append(map_blocks(s, self._inside))
        return tuple(left)

    def _inside(self, block: Block) -> Block:
        return Block(self.settled(block.statements), block.yields)


# --- effects ---------------------------------------------------------------------------------


class _Storage:
    """Arrays that may share memory, and whether they can be seen from outside the function."""

    def __init__(self, function: Function, resolve: _Copies) -> None:
        self._groups = Groups()
        self.outside: set[Var] = set()
        seen = [p for p in function.params if is_storage(p.kind)]
        for statement in walk(function.body):
            match statement:
                case Instr(target=Var() as target) if is_storage(target.kind):
                    primitive = statement.primitive
                    if primitive.effect:
                        seen.append(target)
                    elif primitive.view or not primitive.fresh:
                        shared = statement.args[:1] if primitive.view else statement.args
                        for atom in shared:
                            self._groups.union(target, resolve(atom))
                case Call():
                    seen += [v for v in statement.targets if is_storage(v.kind)]
                case If():
                    for block in (statement.then, statement.orelse):
                        for result, atom in zip(statement.results, block.yields):
                            self._groups.union(result, resolve(atom))
                case For() | While():
                    joined = zip(
                        statement.heads,
                        statement.inits,
                        statement.body.yields,
                        statement.results,
                    )
                    for head, *others in joined:
                        for atom in others:
                            self._groups.union(head, resolve(atom))
        self.outside.update(map(self.find, seen))

    def find(self, v: Var) -> Var:
        return self._groups.find(v)


def _functions_with_effects(functions: Sequence[Function]) -> set[Function]:
    """Functions that push, pop, print, raise, write into what they did not make, or call such."""
    callers: dict[Function, list[Function]] = {}
    found: set[Function] = set()
    for function in functions:
        resolve: _Copies | None = None
        for statement in walk(function.body):
            if isinstance(statement, Call):
                callers.setdefault(statement.function, []).append(function)
            elif isinstance(statement, Instr) and function not in found:
                if not statement.primitive.effect and not _may_raise(statement):
                    continue
                if statement.primitive.writes and not _may_raise(statement):
                    if resolve is None:
                        resolve = _Copies(function.body)
                        storage = _Storage(function, resolve)
                    written = resolve(statement.args[0])
                    if isinstance(written, Var) and storage.find(written) not in storage.outside:
                        continue
                found.add(function)
    waiting = list(found)
    while waiting:
        for caller in callers.get(waiting.pop(), ()):
            if caller not in found:
                found.add(caller)
                waiting.append(caller)
    return found


def _may_raise(instr: Instr) -> bool:
    """Whether Python's own numbers raise here, as ``1.0 / 0.0``; what overflows does not."""
    primitive = instr.primitive
    if primitive.may_raise(**instr.options):
        return True
    if primitive.checked is None or primitive.writes or primitive in _UNBOUNDED:
        return False
    # NumPy's numbers and arrays do not raise, save where math or int makes Python's own of them.
    assert instr.target is not None
    if not isinstance(instr.target.kind, Scalar) or not instr.target.kind.python:
        return False
    return primitive.checked(instr.args, instr.target.bits, **instr.options) is not None


# --- what is needed --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Carried:
    """Where a loop's head or result, or a branch's result, comes from."""

    statement: If | For | While
    position: int


class _Liveness:
    """Marks the variables and statements that results and effects depend on."""

    def __init__(self, function: Function, resolve: _Copies, effects: set[Function]) -> None:
        self._resolve = resolve
        self._storage = _Storage(function, resolve)
        self._maker: dict[Var, Statement | _Carried] = {}
        self._around: dict[Statement, Statement | None] = {}
        self._waiting: list[Var] = []
        self._writes: dict[Var, list[Instr]] = {}
        self._seen: set[Var] = set()
        self.needed: set[Var] = set()
        self.live: set[Statement] = set()
        self._index(function.body, None)
        for group in self._storage.outside:
            self._see(group)
        self._need(function.body.yields, shows=True)
        self._start(function.body, effects)
        while self._waiting:
            self._trace(self._waiting.pop())

    def _index(self, block: Block, around: Statement | None) -> None:
        for statement in block.statements:
            self._around[statement] = around
            match statement:
                case Instr() | Call():
                    for v in targets(statement):
                        self._maker[v] = statement
                case _:
                    for many in (targets(statement), getattr(statement, "heads", ())):
                        for n, v in enumerate(many):
                            self._maker[v] = _Carried(statement, n)
                    if isinstance(statement, For):
                        self._maker[statement.index] = statement
            for child in blocks(statement):
                self._index(child, statement)

    def _start(self, block: Block, effects: set[Function]) -> None:
        """Keep the statements with effects; writes into arrays only if somebody reads those."""
        for statement in walk(block):
            match statement:
                case Instr() if statement.primitive.writes and not _may_raise(statement):
                    written = self._resolve(statement.args[0])
                    assert isinstance(written, Var)
                    group = self._storage.find(written)
                    if group in self._seen:
                        self._keep(statement)
                    else:
                        self._writes.setdefault(group, []).append(statement)
                case Instr() if statement.primitive.effect or _may_raise(statement):
                    self._keep(statement)
                case Call() if statement.function in effects:
                    self._keep(statement)

    def _see(self, v: Var) -> None:
        """Somebody reads the contents of an array: writes into its group count from now on."""
        group = self._storage.find(v)
        if group not in self._seen:
            self._seen.add(group)
            for write in self._writes.pop(group, ()):
                self._keep(write)

    def _need(self, atoms: Iterable[Atom], shows: bool) -> None:
        """Values are needed; ``shows`` unless the contents of arrays among them do not matter."""
        for atom in map(self._resolve, atoms):
            if isinstance(atom, Var):
                if shows and is_storage(atom.kind):
                    self._see(atom)
                if atom not in self.needed:
                    self.needed.add(atom)
                    self._waiting.append(atom)

    def _keep(self, statement: Statement) -> None:
        """Keep a statement, what it reads and what decides whether it runs."""
        kept: Statement | None = statement
        while kept is not None and kept not in self.live:
            self.live.add(kept)
            match kept:
                case Instr():
                    first, rest = kept.args[:1], kept.args[1:]
                    self._need(first, shows=not self._only_names(kept))
                    self._need(rest, shows=not self._only_views(kept))
                case Call():
                    self._need(kept.args, shows=True)
                case If():
                    self._need((kept.test,), shows=True)
                case For():
                    self._need((kept.start, kept.stop, kept.step), shows=True)
                case While():
                    self._need(kept.test.yields, shows=True)
            if isinstance(kept, For | While) and kept.exits:
                self._need(kept.body.yields[-1:], shows=True)
            kept = self._around[kept]

    def _only_names(self, instr: Instr) -> bool:
        """Whether the contents of the first operand do not matter to the operation."""
        primitive = instr.primitive
        if primitive.writes:
            return not primitive.returns and not _may_raise(instr)
        return primitive is dim or self._only_views(instr)

    def _only_views(self, instr: Instr) -> bool:
        """Whether the result is an array of the operands' group, whose reader will count."""
        target = instr.target
        primitive = instr.primitive
        if target is None or not is_storage(target.kind) or primitive.effect:
            return False
        arrays = [a for a in map(self._resolve, instr.args) if is_storage(a.kind)]
        if isinstance(target.kind, Array) and any(isinstance(a.kind, List) for a in arrays):
            return False  # which array it is, and how long, is for the contents of the list to say
        group = self._storage.find(target)
        return all(isinstance(a, Var) and self._storage.find(a) is group for a in arrays)

    def _trace(self, v: Var) -> None:
        maker = self._maker.get(v)
        match maker:
            case None:
                pass
            case _Carried(statement=If() as statement, position=n):
                self._keep(statement)
                self._need((statement.then.yields[n], statement.orelse.yields[n]), shows=False)
            case _Carried(statement=For() | While() as statement, position=n):
                self._keep(statement)
                self._need((statement.heads[n],), shows=False)
                self._need((statement.inits[n], statement.body.yields[n]), shows=False)
            case _:
                assert not isinstance(maker, _Carried)
                self._keep(maker)


# --- what is left ----------------------------------------------------------------------------


def _clean(function: Function, into: Function, effects: set[Function]) -> None:
    """Fill ``into`` with the live part of ``function``."""
    resolve = _Copies(function.body)
    start = function.reverse_from
    forward = resolve.settled(function.body.statements[:start])
    reverse = () if start is None else resolve.settled(function.body.statements[start:])
    into.body = Block((*forward, *reverse), function.body.yields)
    liveness = _Liveness(into, resolve, effects)
    needed, live = liveness.needed, liveness.live

    def chosen(variables: Sequence[Var]) -> list[int]:
        return [n for n, v in enumerate(variables) if v in needed]

    def some(atoms: Sequence[Atom], positions: Iterable[int]) -> tuple[Atom, ...]:
        return tuple(resolve(atoms[n]) for n in positions)

    def variables(many: Sequence[Var], positions: Iterable[int]) -> tuple[Var, ...]:
        return tuple(many[n] for n in positions)

    def statements(block: Block) -> tuple[Statement, ...]:
        return tuple(statement(s) for s in block.statements if s in live)

    def statement(s: Statement) -> Statement:
        match s:
            case Instr() | Call():
                return replace(s, args=resolve.all(s.args))
            case If():
                kept = chosen(s.results)
                return replace(
                    s,
                    test=resolve(s.test),
                    then=Block(statements(s.then), some(s.then.yields, kept)),
                    orelse=Block(statements(s.orelse), some(s.orelse.yields, kept)),
                    results=variables(s.results, kept),
                )
            case For() | While():
                kept = chosen(s.heads)
                last = [*kept, len(s.body.yields) - 1] if s.exits else kept
                common = {
                    "heads": variables(s.heads, kept),
                    "inits": some(s.inits, kept),
                    "results": variables(s.results, kept),
                    "body": Block(statements(s.body), some(s.body.yields, last)),
                }
                if isinstance(s, While):
                    test = Block(statements(s.test), resolve.all(s.test.yields))
                    return replace(s, test=test, **common)  # type: ignore[arg-type]
                bounds = {n: resolve(getattr(s, n)) for n in ("start", "stop", "step")}
                return replace(s, **bounds, **common)  # type: ignore[arg-type]

    if start is not None:
        into.reverse_from = sum(s in live for s in forward)
    into.body = Block(statements(into.body), resolve.all(into.body.yields))
