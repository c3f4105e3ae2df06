"""Give every variable its name in the printed text.

Single assignment has a new variable for each definition; a reader wants one name for one thing. Two
variables share a name if they are never needed at the same time, are of one type for numba, and are
versions of the same thing: a loop's carried variable and what it starts from, takes and leaves; a
branch's result and what either side gives; or simply called alike:

    y = x * 2; z: x(2) = y + 1; return x(2)        becomes        y = x * 2; x = y + 1; return x

Where two things called ``x`` are needed at once, the later is ``x_1``.

>>> from diffpy.kinds import PY_FLOAT
>>> from diffpy.rules.operators import add, multiply
>>> from diffpy.transform.fill_templates import choose_templates
>>> from diffpy.transform.ir import Block, Const, Instr
>>> from diffpy.transform.nest_expressions import nest_expressions
>>> x, y, again = Var("x", PY_FLOAT), Var("y", PY_FLOAT), Var("x", PY_FLOAT)
>>> f = Function("f", (x,))
>>> f.body = Block((
...     Instr(y, multiply, (x, Const(2, PY_FLOAT))), Instr(again, add, (y, Const(1, PY_FLOAT)))
... ), (again,))
>>> nesting = nest_expressions(f, choose_templates([f], compiled=False))
>>> name_variables(f, nesting, reserved=frozenset())
{x:float: 'x', x:float: 'x', y:float: 'y'}
"""

from __future__ import annotations

import keyword
import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping

from diffpy.kinds import Array, List, Scalar
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
    targets,
)
from diffpy.transform.nest_expressions import Nesting

Segment = tuple[int, int]

#: A class of variables is compared with this many others of its name before it gets a new name.
_MAX_CANDIDATES = 16


def name_variables(
    function: Function, nesting: Nesting, reserved: frozenset[str], compiled: bool = False
) -> dict[Var, str]:
    """Names for all variables that are printed; ``reserved`` ones get a trailing underscore."""
    ranges = _LiveRanges(function, nesting)
    classes = _Classes(ranges.segments())
    for first, second in ranges.copies:
        if first in classes and second in classes:
            classes.merge(first, second, related=True)
    return _spell(function, classes.by_name(), FreshNames(reserved | {"_"}, compiled))


def flag_is_read_first(loop: For | While, nesting: Nesting) -> bool:
    """Whether the exit flag must be read before the carried variables take their new values."""
    assert loop.exits
    changed = {h for h, y in zip(loop.heads, loop.body.yields) if h is not y}
    return any(v in changed for v in nesting.leaves(loop.body.yields[-1]))


def carried_names(loop: For | While) -> dict[Var, Var]:
    """What holds a value of the body after it has been handed on to the next iteration."""
    return {y: h for h, y in zip(loop.heads, loop.body.yields) if isinstance(y, Var)}


def initial_names(loop: For) -> dict[Var, Var]:
    """What holds a value from before the loop once the carried variables have been set."""
    pairs = zip(loop.inits, loop.heads)
    return {i: h for i, h in pairs if isinstance(i, Var) and i.name == h.name}


# --- where a variable is needed ------------------------------------------------------------------


class _Construct:
    """A branch or a loop, as something that uses variables from outside it."""

    __slots__ = ("end", "loop", "regions", "start")

    def __init__(self, start: int, loop: bool) -> None:
        self.start = start
        self.end = start
        self.loop = loop
        self.regions: list[_Region] = []


class _Region:
    """A block of the text (a loop's test and body are one) and the last use of each variable."""

    __slots__ = ("construct", "last", "parent", "start")

    def __init__(self, start: int, construct: _Construct | None, parent: _Region | None) -> None:
        self.start = start
        self.construct = construct
        self.parent = parent
        self.last: dict[Var, int | _Construct] = {}


class _LiveRanges:
    """Numbers the reads and writes of the printed text in order; finds where values are needed.

    The needs of a variable are segments, not one interval: a variable that both branches read is
    needed until its last read in each, and the first branch's variables may share its name in
    between. A variable from outside that a loop uses is needed to the loop's end.
    """

    def __init__(self, function: Function, nesting: Nesting) -> None:
        self._nesting = nesting
        self._clock = 0
        self._home: dict[Var, tuple[_Region, int]] = {}
        self._extra: dict[Var, list[Segment]] = {}
        self._root = _Region(0, None, None)
        #: pairs that hold the same value where one is copied to the other
        self.copies: list[tuple[Var, Var]] = []
        self._define(function.params, self._root)
        self._block(function.body, self._root, function.body.yields)

    def segments(self) -> dict[Var, list[Segment]]:
        found: dict[Var, list[Segment]] = {}
        for v, (region, start) in self._home.items():
            segments = [*_spread(v, region, start), *self._extra.get(v, ())]
            segments.sort()
            joined = [segments[0]]
            for segment in segments[1:]:
                if segment[0] <= joined[-1][1] + 1:
                    joined[-1] = (joined[-1][0], max(joined[-1][1], segment[1]))
                else:
                    joined.append(segment)
            found[v] = joined
        return found

    # --- events ------------------------------------------------------------------------------

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _define(self, variables: Iterable[Var], region: _Region) -> int:
        time = self._tick()
        for v in variables:
            self._home[v] = (region, time)
        return time

    def _read(self, atoms: Iterable[Atom], region: _Region) -> None:
        time = self._tick()
        for atom in atoms:
            for v in self._nesting.leaves(atom):
                self._use(v, region, time)

    def _use(self, v: Var, region: _Region, time: int) -> None:
        if v not in self._home:  # a tape, handed in later
            self._home[v] = (self._root, 0)
        home = self._home[v][0]
        here: _Region = region
        mark: int | _Construct = time
        while True:
            here.last[v] = mark
            if here is home:
                return
            assert here.construct is not None and here.parent is not None, v
            mark, here = here.construct, here.parent
            if here.last.get(v) is mark:
                return

    def _copied(self, targets: Iterable[Var], atoms: Iterable[Atom]) -> None:
        for target, atom in zip(targets, atoms):
            if isinstance(atom, Var):
                self.copies.append((target, atom))

    # --- statements --------------------------------------------------------------------------

    def _block(self, block: Block, region: _Region, returned: tuple[Atom, ...] | None) -> None:
        """Visit the statements; ``returned`` is what the function gives if it ends here."""
        for statement in block.statements:
            if isinstance(statement, If) and statement in self._nesting.tails:
                assert returned is not None
                self._tail(statement, region, returned)
                return
            self._statement(statement, region)
        if returned is not None:
            self._read(returned, region)

    def _tail(self, statement: If, region: _Region, returned: tuple[Atom, ...]) -> None:
        self._read([statement.test], region)
        construct = _Construct(self._tick(), loop=False)
        for block in (statement.then, statement.orelse):
            inner = _Region(self._tick(), construct, region)
            construct.regions.append(inner)
            taken = dict(zip(statement.results, block.yields))
            mapped = tuple(taken.get(a, a) if isinstance(a, Var) else a for a in returned)
            self._block(block, inner, mapped)
        construct.end = self._tick()

    def _statement(self, statement: Statement, region: _Region) -> None:
        match statement:
            case Instr() | Call():
                made = targets(statement)
                if len(made) != 1 or made[0] not in self._nesting.inner:
                    self._read(statement.args, region)
                    self._define(self._printed(made), region)
            case If():
                self._branch(statement, region)
            case For() | While():
                self._loop(statement, region)

    def _printed(self, variables: Iterable[Var]) -> Iterator[Var]:
        return (v for v in variables if self._nesting.uses[v])

    def _branch(self, statement: If, region: _Region) -> None:
        self._read([statement.test], region)
        construct = _Construct(self._tick(), loop=False)
        written = 0
        for block in (statement.then, statement.orelse):
            inner = _Region(self._tick(), construct, region)
            construct.regions.append(inner)
            self._block(block, inner, None)
            self._read(block.yields, inner)
            self._copied(statement.results, block.yields)
            if block is statement.then:
                written = self._tick()
        construct.end = self._define(self._printed(statement.results), region)
        for result in statement.results:
            self._extra.setdefault(result, []).append((written, written))

    def _loop(self, loop: For | While, region: _Region) -> None:
        self._read(loop.inits, region)
        construct = _Construct(self._clock, loop=True)
        inner = _Region(0, construct, region)
        construct.regions.append(inner)
        self._define(loop.heads, inner)
        if isinstance(loop, For):
            # The heads are set before the bounds are read.
            renamed = initial_names(loop)
            time = self._tick()
            for atom in (loop.start, loop.stop, loop.step):
                for v in self._nesting.leaves(atom):
                    v = renamed.get(v, v)
                    self._use(v, inner if v in loop.heads else region, time)
            inner.start = self._tick()
            self._read(loop.heads, inner)
            if self._nesting.uses[loop.index]:
                self._define([loop.index], inner)
        else:
            inner.start = self._tick()
            self._block(loop.test, inner, None)
            self._read((*loop.test.yields, *loop.heads), inner)
        self._block(loop.body, inner, None)
        first = loop.exits and flag_is_read_first(loop, self._nesting)
        yields = loop.body.yields[: len(loop.heads)]
        self._read(loop.body.yields if first else yields, inner)
        written = self._tick()
        if loop.exits and not first:
            # The heads are needed to the loop's end anyhow, which is told below.
            carried = carried_names(loop)
            leaves = self._nesting.leaves(loop.body.yields[-1])
            self._read([v for v in leaves if v not in carried], inner)
        construct.end = self._tick()
        for head in loop.heads:
            self._extra.setdefault(head, []).append((written, construct.end))
        self._define(self._printed(loop.results), region)
        self._copied(loop.results, loop.heads)
        self._copied(loop.heads, yields)
        self._copied(loop.heads, loop.inits)


def _spread(v: Var, region: _Region, start: int) -> Iterator[Segment]:
    """The segments in which a variable is needed, from ``start`` in a region on."""
    mark = region.last.get(v)
    if mark is None:
        yield start, start
    elif isinstance(mark, int):
        yield start, mark
    elif mark.loop:
        yield start, mark.end
    else:
        yield start, mark.start
        for inner in mark.regions:
            if v in inner.last:
                yield from _spread(v, inner, inner.start)


# --- which variables share a name ----------------------------------------------------------------


class _Class:
    """Variables that share a name: sorted disjoint segments in which one of them is needed."""

    __slots__ = ("ends", "members", "named", "starts")

    def __init__(self, v: Var, segments: list[Segment]) -> None:
        self.members = [v]
        self.named = None if v.temporary else v.name
        self.starts = [s for s, _ in segments]
        self.ends = [e for _, e in segments]

    def overlaps(self, other: _Class) -> bool:
        small, large = sorted((self, other), key=lambda c: len(c.starts))
        for start, end in zip(small.starts, small.ends):
            n = bisect_left(large.ends, start)
            if n < len(large.starts) and large.starts[n] <= end:
                return True
        return False

    def absorb(self, other: _Class) -> None:
        self.members += other.members
        self.named = self.named or other.named
        for start, end in zip(other.starts, other.ends):
            insort(self.starts, start)
            self.ends.insert(bisect_right(self.ends, end), end)


def _type(v: Var) -> tuple[str, int]:
    """What numba takes for one type: it does not tell Python's numbers from NumPy's."""
    match v.kind:
        case Scalar():
            return v.kind.dtype, -1
        case Array():
            return v.kind.dtype, v.kind.ndim
        case List():
            return f"list of {v.kind.dtype}", getattr(v.kind.item, "ndim", -1)
        case _:
            return "tape", -1


class _Classes:
    def __init__(self, segments: Mapping[Var, list[Segment]]) -> None:
        self._of = {v: _Class(v, s) for v, s in segments.items()}

    def __contains__(self, v: Var) -> bool:
        return v in self._of

    def merge(self, first: Var, second: Var, related: bool) -> bool:
        """Let two variables share a name if they can."""
        a, b = self._of[first], self._of[second]
        if a is b:
            return True
        if _type(first) != _type(second) or a.overlaps(b):
            return False
        if related and a.named and b.named and a.named != b.named:
            return False
        large, small = (a, b) if len(a.starts) >= len(b.starts) else (b, a)
        large.absorb(small)
        for v in small.members:
            self._of[v] = large
        return True

    def by_name(self) -> list[tuple[str, _Class]]:
        """The classes with what they are called, in order of definition; those alike merged."""
        found = dict.fromkeys(self._of.values())
        ordered = sorted(found, key=lambda c: c.starts[0])
        alike: dict[tuple[str, tuple[str, int]], list[_Class]] = {}
        for one in ordered:
            called = one.named or one.members[0].name
            candidates = alike.setdefault((called, _type(one.members[0])), [])
            for other in candidates[-_MAX_CANDIDATES:]:
                if self.merge(other.members[0], one.members[0], related=False):
                    merged = self._of[one.members[0]]
                    candidates[candidates.index(other)] = merged
                    break
            else:
                candidates.append(one)
        named = [(called, one) for (called, _), many in alike.items() for one in many]
        return sorted(named, key=lambda pair: pair[1].starts[0])


# --- spelling ------------------------------------------------------------------------------------


def _spell(
    function: Function, classes: list[tuple[str, _Class]], fresh: FreshNames
) -> dict[Var, str]:
    names: dict[Var, str] = {}
    position = {p: n for n, p in enumerate(function.params)}
    outside = len(position)

    def rank(pair: tuple[str, _Class]) -> tuple[int, int]:
        return min(position.get(v, outside) for v in pair[1].members), pair[1].starts[0]

    for called, one in sorted(classes, key=rank):
        name = fresh(called)
        names.update(dict.fromkeys(one.members, name))
    return names


class FreshNames:
    """Identifiers as close to a hint as the names in use allow.

    >>> fresh = FreshNames({"sum"})
    >>> fresh("x"), fresh("x"), fresh("sum"), fresh("lambda"), fresh("a.b[0]")
    ('x', 'x_1', 'sum_', 'lambda_', 'a_b_0')

    Compiled text has no ``x_1`` beside ``x``: numba calls the second version of ``x`` that too, and
    fails if one array expression has both.

    >>> fresh = FreshNames(set(), compiled=True)
    >>> fresh("x"), fresh("x"), fresh("x_1"), fresh("y_1"), fresh("y_2"), fresh("y")
    ('x', 'x_v1', 'x_1_v1', 'y_1', 'y_2', 'y_v1')
    """

    def __init__(self, reserved: Iterable[str], compiled: bool = False) -> None:
        self._reserved = frozenset(reserved)
        self._compiled = compiled
        self._used = set(self._reserved)
        self._stems: set[str] = set()  # of what is used, with the numbers at the end left away
        self._next: dict[str, int] = {}

    def __call__(self, hint: str) -> str:
        base = hint if hint.isidentifier() else re.sub(r"\W+", "_", hint).strip("_") or "v"
        if not base.strip("_"):
            base = "i"  # `for _ in …`, and now somebody looks at it
        if not base.isidentifier():
            base = f"v_{base}"
        while base in self._reserved or keyword.iskeyword(base):
            base += "_"
        name = base
        while not self._is_free(name):
            number = self._next[base] = self._next.get(base, 0) + 1
            name = f"{base}_v{number}" if self._compiled else f"{base}_{number}"
        self._used.add(name)
        self._stems |= _stems(name)
        return name

    def _is_free(self, name: str) -> bool:
        if self._compiled and (name in self._stems or _stems(name) & self._used):
            return False
        return name not in self._used


def _stems(name: str) -> set[str]:
    """``x_1`` and ``x`` for ``x_1_2``."""
    found = set()
    while numbered := re.fullmatch(r"(.+)_\d+", name):
        name = numbered[1]
        found.add(name)
    return found
